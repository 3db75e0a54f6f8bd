/** Prints what a release would do: how its traffic moves, how long a healthy version is expected to take, and the revert. */
import { z } from 'zod'
import { Plan } from '../../schema/answers.ts'
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import { flagText, isJson } from '../context.ts'
import { IdAnswer, read } from '../api-answers.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { namesText, padEnd, padStart, percentText } from '../view/columns.ts'
import { declaredDuration, durationText } from '../view/duration.ts'
import { writeJson } from './answers.ts'
import { artifactOf, artifactTimeoutMs, tellContents } from './artifacts.ts'
import { callOf } from './request.ts'

const Planned = Plan.shape.environments.element
const Side = Planned.shape.canary.pick({ version: true })
const StepAnswer = Planned.shape.steps.element.extend({ gate: z.string().nullable() })
type StepAnswer = z.infer<typeof StepAnswer>
const EnvironmentAnswer = Planned.pick({
  name: true,
  strategy: true,
  summary: true,
  watchMs: true,
  scaleDownDelayMs: true,
  notes: true,
  alphaShares: true,
}).extend({
  stable: Side.nullable(),
  baseline: Side.nullable(),
  canary: Side,
  waitsBehind: z.array(IdAnswer),
  waitsBehindMore: Planned.shape.waitsBehindMore.default(0),
  steps: z.array(StepAnswer),
})
type EnvironmentAnswer = z.infer<typeof EnvironmentAnswer>
export const PlanAnswer = Plan.pick({ service: true, version: true, artifact: true, planDigest: true }).extend({
  revert: Plan.shape.revert.pick({ meaning: true }),
  environments: z.array(EnvironmentAnswer),
})

export const showPlan =
  (verb: Verb): Run =>
  async (context, typed) => {
    const { client, terminal, cwd, signal } = context
    const artifact = await artifactOf(flagText(typed, 'artifact'), cwd)
    await tellContents(context, artifact, typed.args.service, isJson(typed))
    const answer = await client.call({ ...callOf(verb, typed, { artifact }), timeoutMs: artifactTimeoutMs, signal })
    if (isJson(typed)) return writeJson(terminal, answer)
    for (const line of planLines(read(PlanAnswer, answer.json), terminal.paint)) terminal.line(line)
  }

function planLines(plan: z.infer<typeof PlanAnswer>, paint: Terminal['paint']): string[] {
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

function environmentLines(environment: EnvironmentAnswer, paint: Terminal['paint']): string[] {
  const { name, strategy, baseline, canary, summary, waitsBehind, waitsBehindMore, steps, alphaShares, notes } = environment
  const from = baseline ? `${plain(baseline.version)} → ${plain(canary.version)}` : `${plain(canary.version)}, the first version`
  return [
    '',
    `  ${paint('bold', name)}  ${strategy}  ${from}`,
    `    ${plain(summary)}`,
    ...(waitsBehind.length > 0 ? [`    ${paint('yellow', `waits behind ${namesText(waitsBehind, waitsBehindMore)}`)}`] : []),
    ...steps.map((step) => `    ${stepLine(step, paint)}`),
    `    ${padStart('100 %', 6)}  ${watchText(environment)}, and can still be reverted`,
    ...(alphaShares.total > 0 ? [`    ${paint('dim', alphaText(alphaShares))}`] : []),
    ...notes.map((note) => `    ${paint('yellow', plain(note))}`),
  ]
}

/** After the watch, the old version stays warm for its delay, and the analysis guards the new one for that long too. */
function watchText({ watchMs, scaleDownDelayMs }: EnvironmentAnswer): string {
  const window = `watched for ${durationText(watchMs + scaleDownDelayMs)}`
  if (scaleDownDelayMs === 0) return window
  return `${window} (watch ${declaredDuration(watchMs)} and scaleDownDelay ${declaredDuration(scaleDownDelayMs)})`
}

function stepLine({ weight, gate, bake, expected }: StepAnswer, paint: Terminal['paint']): string {
  const range = bake ? `bakes ${declaredDuration(bake.minMs)} to ${declaredDuration(bake.maxMs)}` : 'no bake'
  return `${padStart(`${weight} %`, 6)}  ${padEnd(range, 20)}${gate ? '  then a person promotes' : ''}  ${expectation(expected, paint)}`.trimEnd()
}

function expectation(expected: StepAnswer['expected'], paint: Terminal['paint']): string {
  if (!expected) return paint('dim', 'duration not known: no recent traffic')
  const at = paint(
    'dim',
    ` at ${expected.requestsPerSecond < 10 ? expected.requestsPerSecond.toFixed(1) : Math.round(expected.requestsPerSecond)} requests a second`,
  )
  if (expected.passMs === null) return `${paint('yellow', 'will end inconclusive')}${at}`
  return `${paint('green', `passes in about ${durationText(expected.passMs)}`)}${at}`
}

const alphaText = ({ total, comparison, guardrail, sampleRatio }: EnvironmentAnswer['alphaShares']): string =>
  `at most ${percentText(total)} of healthy releases are reverted by mistake ` +
  `(${[
    ...(comparison > 0 ? [`comparison ${percentText(comparison)}`] : []),
    `guardrail ${percentText(guardrail)}`,
    ...(sampleRatio > 0 ? [`split ${percentText(sampleRatio)}`] : []),
  ].join(', ')})`
