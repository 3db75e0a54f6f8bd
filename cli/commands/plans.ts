/** Prints what a release would do: how its traffic moves, how long a healthy version is expected to take, and the revert. */
import { z } from 'zod'
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import { flagText, isJson } from '../context.ts'
import { IdAnswer, read } from '../api-answers.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { padEnd, padStart, percentText } from '../view/columns.ts'
import { declaredDuration, durationText } from '../view/duration.ts'
import { writeJson } from './answers.ts'
import { artifactOf, artifactTimeoutMs, tellContents } from './artifacts.ts'
import { callOf } from './request.ts'

const Version = z.looseObject({ version: z.string() })
const Step = z.looseObject({
  weight: z.number(),
  gate: z.string().nullish(),
  bake: z.looseObject({ minMs: z.number(), maxMs: z.number() }).nullish(),
  expected: z.looseObject({ requestsPerSecond: z.number(), passMs: z.number().nullable() }).nullish(),
})
type Step = z.infer<typeof Step>
const Shares = z.looseObject({ total: z.number(), comparison: z.number(), guardrail: z.number(), sampleRatio: z.number() })
const Environment = z.looseObject({
  name: z.string(),
  strategy: z.string(),
  stable: Version.nullish(),
  baseline: Version.nullish(),
  canary: Version,
  summary: z.string(),
  waitsBehind: z.array(IdAnswer).default([]),
  steps: z.array(Step),
  watchMs: z.number(),
  scaleDownDelayMs: z.number().default(0),
  notes: z.array(z.string()).default([]),
  alphaShares: Shares.nullish(),
})
type Environment = z.infer<typeof Environment>
const Plan = z.looseObject({
  service: z.string(),
  version: z.string(),
  artifact: z.string(),
  planDigest: z.string(),
  revert: z.looseObject({ meaning: z.string() }),
  environments: z.array(Environment),
})

export const showPlan =
  (verb: Verb): Run =>
  async (context, typed) => {
    const { client, terminal, cwd, signal } = context
    const artifact = await artifactOf(flagText(typed, 'artifact'), cwd)
    await tellContents(context, artifact, typed.args.service, isJson(typed))
    const answer = await client.call({ ...callOf(verb, typed, { artifact }), timeoutMs: artifactTimeoutMs, signal })
    if (isJson(typed)) return writeJson(terminal, answer)
    for (const line of planLines(read(Plan, answer.json), terminal.paint)) terminal.line(line)
  }

function planLines(plan: z.infer<typeof Plan>, paint: Terminal['paint']): string[] {
  const { service, version, artifact, planDigest, revert, environments } = plan
  return [
    '',
    `  ${paint('bold', service)} ${paint('cyan', plain(version))}  ${paint('dim', 'a plan starts nothing')}`,
    ...environments.flatMap((environment) => environmentLines(environment, paint)),
    '',
    `  ${paint('dim', 'revert   ')} ${plain(revert.meaning)}`,
    `  ${paint('dim', 'artifact ')} ${artifact}`,
    `  ${paint('dim', 'digest   ')} ${planDigest}`,
    '',
  ]
}

function environmentLines(environment: Environment, paint: Terminal['paint']): string[] {
  const { name, strategy, stable, baseline = stable, canary, summary, waitsBehind, steps, alphaShares, notes } = environment
  const from = baseline ? `${plain(baseline.version)} → ${plain(canary.version)}` : `${plain(canary.version)}, the first version`
  return [
    '',
    `  ${paint('bold', name)}  ${strategy}  ${from}`,
    `    ${plain(summary)}`,
    ...(waitsBehind.length > 0 ? [`    ${paint('yellow', `waits behind ${waitsBehind.join(', ')}`)}`] : []),
    ...steps.map((step) => `    ${stepLine(step, paint)}`),
    `    ${padStart('100 %', 6)}  ${watchText(environment)}, and can still be reverted`,
    ...(alphaShares && alphaShares.total > 0 ? [`    ${paint('dim', alphaText(alphaShares))}`] : []),
    ...notes.map((note) => `    ${paint('yellow', plain(note))}`),
  ]
}

/** After the watch, the old version stays warm for its delay, and the analysis guards the new one for that long too. */
function watchText({ watchMs, scaleDownDelayMs }: Environment): string {
  const window = `watched for ${durationText(watchMs + scaleDownDelayMs)}`
  if (scaleDownDelayMs === 0) return window
  return `${window} (watch ${declaredDuration(watchMs)} and scaleDownDelay ${declaredDuration(scaleDownDelayMs)})`
}

function stepLine({ weight, gate, bake, expected }: Step, paint: Terminal['paint']): string {
  const range = bake ? `bakes ${declaredDuration(bake.minMs)} to ${declaredDuration(bake.maxMs)}` : 'no bake'
  return `${padStart(`${weight} %`, 6)}  ${padEnd(range, 20)}${gate ? '  then a person promotes' : ''}  ${expectation(expected, paint)}`.trimEnd()
}

function expectation(expected: Step['expected'], paint: Terminal['paint']): string {
  if (!expected) return paint('dim', 'duration not known: no recent traffic')
  const at = paint(
    'dim',
    ` at ${expected.requestsPerSecond < 10 ? expected.requestsPerSecond.toFixed(1) : Math.round(expected.requestsPerSecond)} requests a second`,
  )
  if (expected.passMs === null) return `${paint('yellow', 'will end inconclusive')}${at}`
  return `${paint('green', `passes in about ${durationText(expected.passMs)}`)}${at}`
}

const alphaText = ({ total, comparison, guardrail, sampleRatio }: z.infer<typeof Shares>): string =>
  `at most ${percentText(total)} of healthy releases are reverted by mistake ` +
  `(${[
    ...(comparison > 0 ? [`comparison ${percentText(comparison)}`] : []),
    `guardrail ${percentText(guardrail)}`,
    ...(sampleRatio > 0 ? [`split ${percentText(sampleRatio)}`] : []),
  ].join(', ')})`
