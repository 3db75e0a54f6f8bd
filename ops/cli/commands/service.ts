/** Services and their environments: declared, listed, shown, removed. */
import { text as readText } from 'node:stream/consumers'
import { z } from 'zod'
import type { Verb } from '../../../schema/verb.ts'
import type { CliContext, Run, Typed } from '../context.ts'
import { argument, flagText, isJson } from '../context.ts'
import { readDeclarations } from '../declaration-file.ts'
import { listOf, read } from '../readings.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { bar, tableLines } from '../view/columns.ts'
import { stateText } from '../view/release-view.ts'
import { shown, writeJson } from './answers.ts'
import { callOf } from './request.ts'

const Weights = z.record(z.string(), z.number())
const Version = z.looseObject({ version: z.string(), revision: z.string().nullish() })
const Turn = z.looseObject({
  id: z.string(),
  state: z.string(),
  phase: z.string().nullish(),
  version: z.string().nullish(),
  weightPercent: z.number().nullish(),
})
const Environment = z.looseObject({
  name: z.string(),
  stable: Version.nullish(),
  queue: z.array(Turn).nullish(),
  traffic: z.looseObject({ url: z.string(), effective: Weights, versions: z.record(z.string(), z.string()).nullish() }).nullish(),
})
type Environment = z.infer<typeof Environment>
export const ServiceReading = z.looseObject({ name: z.string(), environments: z.array(Environment).default([]) })

/** Applies every document of the file; `-` is stdin. What is wrong is said with line and column. */
export const applyService =
  (verb: Verb): Run =>
  async (context, typed) => {
    const file = flagText(typed, 'file') ?? 'holdfast.yaml'
    const text = file === '-' ? await readText(context.stdin) : undefined
    for (const document of await readDeclarations(file, context.cwd, text)) await applyOne(verb, context, typed, document)
  }

async function applyOne(
  verb: Verb,
  { client, terminal, signal }: CliContext,
  typed: Typed,
  { name, json, explain }: Awaited<ReturnType<typeof readDeclarations>>[number],
): Promise<void> {
  const call = { ...callOf(verb, { ...typed, args: { service: name } }), body: json, signal }
  const answer = await client.call(call).catch((error: unknown) => {
    throw explain(error)
  })
  if (isJson(typed)) return writeJson(terminal, answer)
  if (answer.status === 202) return terminal.line(`${name}: what goes there goes back first; apply it again once that has ended`)
  terminal.line(`${name} ${answer.status === 201 ? 'declared' : 'applied'}`)
  if (terminal.live)
    terminal.note(`${terminal.paintNote('dim', 'next:')} holdfast release start ${name} --version 1.0.0 --artifact .`)
}

export const listServices = (verb: Verb): Run =>
  shown(verb, (json, { terminal }) => {
    const { items, nextCursor } = read(listOf(ServiceReading), json)
    if (items.length === 0)
      return ["no services yet: 'holdfast init' writes a declaration, 'holdfast service apply -f' declares it"]
    return [...serviceTable(items, terminal), ...(nextCursor ? [`more: --cursor ${nextCursor}`] : [])]
  })

/** One row per environment. */
export function serviceTable(services: readonly z.infer<typeof ServiceReading>[], { paint, width }: Terminal): string[] {
  const rows = services.flatMap(({ name, environments }) =>
    environments.map((environment, i) => [
      i === 0 ? paint('bold', name) : '',
      environment.name,
      environment.stable?.version ?? paint('dim', 'none yet'),
      inFlight(environment, paint),
      environment.traffic?.url ?? '',
    ]),
  )
  const titles = ['service', 'environment', 'stable', 'in flight', 'address']
  const [head = '', ...lines] = tableLines(
    titles.map((title) => ({ title })),
    rows,
    width(),
  )
  return [paint('dim', head), ...lines]
}

const turnLine = ({ id, state, phase }: z.infer<typeof Turn>, paint: Terminal['paint']): string =>
  `${id} ${stateText({ state, phase, stuck: false }, paint)}`

function inFlight({ queue }: Environment, paint: Terminal['paint']): string {
  const [first, ...others] = queue ?? []
  if (!first) return paint('dim', 'nothing')
  const more = others.length > 0 ? paint('dim', ` +${others.length}`) : ''
  return `${turnLine(first, paint)}${more}`
}

export const showService = (verb: Verb): Run =>
  shown(verb, (json, { terminal: { paint } }) => {
    const service = read(ServiceReading, json)
    return ['', `  ${paint('bold', service.name)}`, ...service.environments.flatMap((one) => environmentLines(one, paint))]
  })

export const showEnvironment = (verb: Verb): Run =>
  shown(verb, (json, { terminal: { paint } }) => environmentLines(read(Environment, json), paint))

function environmentLines(environment: Environment, paint: Terminal['paint']): string[] {
  const { name, stable, queue, traffic } = environment
  const address = traffic ? paint('cyan', traffic.url) : paint('yellow', 'traffic cannot be read now')
  return [
    '',
    `  ${paint('bold', name)}  ${paint('dim', 'stable')} ${stable ? paint('green', stable.version) : 'none yet'}  ${address}`,
    ...Object.entries(traffic?.effective ?? {}).map(([revision, weight]) => weightLine(revision, weight, environment, paint)),
    ...(queue ?? []).map((turn, i) => `  ${paint('dim', i === 0 ? 'turn ' : 'waits')} ${turnLine(turn, paint)}`),
    '',
  ]
}

function weightLine(revision: string, weight: number, { traffic }: Environment, paint: Terminal['paint']): string {
  const { full, rest } = bar(weight / 100, 24)
  const version = traffic?.versions?.[revision] ?? revision.slice(0, 12)
  return `  ${paint('cyan', full)}${paint('dim', rest.replaceAll(' ', '·'))} ${String(weight).padStart(3)} %  ${plain(version)}`
}

export const removeService =
  (verb: Verb): Run =>
  async ({ client, terminal }, typed) => {
    const answer = await client.call(callOf(verb, typed))
    if (isJson(typed)) return writeJson(terminal, answer)
    const going = answer.status === 202
    terminal.line(`${argument(typed, 'service')} ${going ? 'goes back first; remove it again once that has ended' : 'removed'}`)
  }
