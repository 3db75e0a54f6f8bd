/** The text of a first `holdfast.yaml`: short, with comments where the owner will probably change a value. */
import { unitMs } from '../../domain/plan/duration.ts'
import type { Detected } from './detect.ts'
import type { FittedStep } from './fit-bakes.ts'

export interface DeclarationText {
  readonly detected: Detected
  readonly name: string
  /** Null when the traffic is not known; the text then has the defaults. */
  readonly steps: readonly FittedStep[] | null
  /** Comments above the steps. */
  readonly about: readonly string[]
}

export const unknownCommand = ['./start']

export function declarationText({ detected, name, steps, about }: DeclarationText): string {
  const command = JSON.stringify(detected.command ?? unknownCommand)
  return `# What Holdfast releases, and how. 'holdfast schema' prints every key; docs/declaration.md explains them.
kind: Service
name: ${name}
environments:
  - name: production
    target:
      kind: local
      command: ${command}   # run without a shell; each replica gets PORT and HOST
      cwd: "{artifact}"
      replicas: 2
      health: { path: ${JSON.stringify(detected.healthPath)} }
    strategy:
      kind: canary
${about.map((line) => `      # ${line}\n`).join('')}${stepsText(steps)}    smoke:
      - { path: ${JSON.stringify(detected.healthPath)}, status: 200, within: 2s }
`
}

function stepsText(steps: readonly FittedStep[] | null): string {
  if (!steps) return '      steps: [{ weight: 10 }, { weight: 50 }]\n      bake: { min: 2m, max: 30m }\n'
  const lines = steps.map(
    ({ weight, minMs, maxMs }) => `        - { weight: ${weight}, bake: { min: ${duration(minMs)}, max: ${duration(maxMs)} } }\n`,
  )
  return `      steps:\n${lines.join('')}`
}

/** In whole hours, else in minutes. */
const duration = (ms: number): string => (ms % unitMs.h === 0 ? `${ms / unitMs.h}h` : `${Math.ceil(ms / unitMs.m)}m`)
