/**
 * `holdfast init`: writes a first declaration for the service in a folder, with bakes that fit its traffic, and reports what it found.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from '../../domain/plan/service.ts'
import { Problem } from '../../domain/problem.ts'
import { parseDeclaration } from '../../schema/document.ts'
import { declarationSchema } from './declaration-schema.ts'
import { declarationText, unknownCommand } from './declaration-text.ts'
import type { Detected } from './detect.ts'
import { detect } from './detect.ts'
import type { FittedStep } from './fit-bakes.ts'
import { fitBakes, leastTraffic } from './fit-bakes.ts'

export interface InitOptions {
  readonly folder: string
  /** Null: the name of the package or folder. */
  readonly name: string | null
  /** The service's requests a second; null when not known. Called once the name is known. */
  readonly requestsPerSecond: (name: string) => Promise<number | null>
  /** Overwrites an existing file. */
  readonly force: boolean
}

export interface Initialised {
  readonly file: string
  readonly name: string
  /** What was found and what it means, one sentence per line. */
  readonly notes: readonly string[]
  /** What the owner must check before the service can be released. */
  readonly warnings: readonly string[]
}

/** Writes `holdfast.yaml`. @throws Problem invalid-input when the file exists, or the name is not valid */
export async function init({ folder, name: wanted, requestsPerSecond, force }: InitOptions): Promise<Initialised> {
  const detected = await detect(folder)
  const name = wanted ?? detected.name
  const draft = parse(declarationText({ detected, name, steps: null, about: [] }))
  const rps = await requestsPerSecond(name)
  const fitted = fit(draft, rps)
  const text = declarationText({ detected, name, ...fitted })
  parse(text)
  const file = join(folder, 'holdfast.yaml')
  await writeFile(file, text, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new Problem('invalid-input', 'there is a holdfast.yaml already', { hint: '--force overwrites it' })
    throw new Problem('folder-unusable', `cannot write ${file}`, { hint: 'is the folder writable?', cause })
  })
  return { file, name, notes: [...seen(detected), ...fitted.about], warnings: warningsOf(detected) }
}

const parse = (text: string): Service => parseDeclaration(declarationSchema(), text)

/** Steps for the traffic, and sentences about them. */
function fit(service: Service, rps: number | null): { steps: readonly FittedStep[] | null; about: readonly string[] } {
  const [environment] = service.environments
  if (!environment) return { steps: null, about: [] }
  if (rps === null) {
    const least = leastTraffic(service, environment)
    return {
      steps: null,
      about: [`the traffic is not known: these bakes lead to a verdict from about ${least} requests a second on`],
    }
  }
  const steps = fitBakes(service, environment, rps)
  return {
    steps,
    about: steps
      .map((step, i) => aboutStep(step, rps, i))
      .filter((line) => line !== null)
      .concat(lowTraffic(steps, rps)),
  }
}

const aboutStep = ({ weight, expectedMs }: FittedStep, rps: number, i: number): string | null =>
  expectedMs === null
    ? null
    : `${i === 0 ? `at ${rps} requests a second ` : ''}the ${weight} % step of a healthy version passes after about ${minutes(expectedMs)}`

/** Sentences for a service with little traffic. */
function lowTraffic(steps: readonly FittedStep[], rps: number): readonly string[] {
  const [first] = steps
  const slow = steps.some(({ expectedMs }) => expectedMs === null || expectedMs > 1_800_000)
  if (!first || (!slow && first.weight <= 10)) return []
  return [
    `${rps} requests a second are few: it takes ${first.weight} % of them to show whether a version is good, so many users get it first`,
    ...(steps.some(({ expectedMs }) => expectedMs === null)
      ? ['twelve hours are not enough to prove a version good: it is then held until a person promotes or aborts it']
      : []),
    "more traffic makes this quicker: 'holdfast traffic' sends some to a service that has none",
  ]
}

const minutes = (ms: number): string => {
  const whole = Math.max(1, Math.round(ms / 60_000))
  return whole < 90 ? `${whole} min` : `${(whole / 60).toFixed(1)} h`
}

const seen = ({ command, seenBy, healthPath }: Detected): readonly string[] => [
  ...(command ? [`starts with ${command.join(' ')} (${seenBy})`] : []),
  `is healthy when ${healthPath} answers`,
]

const warningsOf = ({ command, readsPort }: Detected): readonly string[] => [
  ...(command ? [] : [`no start command was found: write it in place of ${JSON.stringify(unknownCommand)}`]),
  ...(readsPort
    ? []
    : ['no source file mentions PORT: each replica must listen at the address that the variables HOST and PORT name']),
]
