/** Why a release is where it is: what it waits for, who asked what, and what each verdict rested on. */
import { z } from 'zod'
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import { Replicas, replicasText } from '../analysis-summary.ts'
import { read } from '../api-answers.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { countText, percentText } from '../view/columns.ts'
import { clockText } from '../view/duration.ts'
import { expText, stateText } from '../view/release-view.ts'
import { shown } from './answers.ts'

const Counts = z.looseObject({ bad: z.number(), total: z.number() })
type Counts = z.infer<typeof Counts>
const StepEvidence = z.looseObject({
  canary: Counts,
  objective: z.number(),
  bound: z.number(),
  isGood: z.boolean(),
  isNotInferior: z.boolean(),
})
const Channel = z.looseObject({
  id: z.string(),
  canary: Counts,
  stable: Counts,
  logE: z.number(),
  phi: z.number(),
  phiMeasured: z.number().nullish(),
  step: StepEvidence.nullish(),
})
const Evidence = z.looseObject({
  look: z.number(),
  logE: z.number(),
  limit: z.number(),
  guardrail: z.looseObject({ canary: z.number(), limit: z.number(), maxErrorRate: z.number() }),
  channels: z.array(Channel),
  cautions: z.array(z.string()).default([]),
  replicas: z.looseObject({ canary: Replicas.nullish(), stable: Replicas.nullish() }).nullish(),
})
const Verdict = z.looseObject({
  environment: z.string(),
  at: z.string(),
  verdict: z.string(),
  detail: z.string().nullish(),
  evidence: z.unknown().optional(),
})
const Explanation = z.looseObject({
  id: z.string(),
  state: z.string(),
  summary: z.string(),
  waitsFor: z.string().nullish(),
  reason: z.looseObject({ hint: z.string().nullish() }).nullish(),
  legalRequests: z.array(z.string()).default([]),
  verdicts: z.array(Verdict).default([]),
  requests: z
    .array(
      z.looseObject({
        at: z.string(),
        actor: z.looseObject({ id: z.string() }),
        request: z.string(),
        reason: z.string().nullish(),
      }),
    )
    .default([]),
})

export const explainRelease = (verb: Verb): Run =>
  shown(verb, (json, { terminal: { paint } }) => {
    const { id, state, summary, waitsFor, reason, legalRequests, verdicts, requests } = read(Explanation, json)
    return [
      '',
      `  ${paint('bold', id)}  ${stateText({ state, phase: null, stuck: false }, paint)}`,
      `  ${plain(summary)}`,
      ...(reason?.hint ? [`  ${paint('dim', plain(reason.hint))}`] : []),
      ...(waitsFor ? [`  ${paint('yellow', `waits for ${plain(waitsFor)}`)}`] : []),
      ...(legalRequests.length > 0
        ? [`  ${paint('dim', 'you may')} ${legalRequests.join(', ').replaceAll('promote-fully', 'promote --fully')}`]
        : []),
      ...requests.map(
        ({ at, actor, request, reason }) =>
          `  ${paint('dim', clockText(at))}  ${plain(actor.id)} asked to ${request}${reason ? `: ${plain(reason)}` : ''}`,
      ),
      ...verdicts.flatMap((verdict) => verdictLines(verdict, paint)),
      '',
    ]
  })

function verdictLines(
  { environment, at, verdict, detail, evidence }: z.infer<typeof Verdict>,
  paint: Terminal['paint'],
): string[] {
  const head = `  ${paint('dim', clockText(at))}  ${paint('magenta', '⚖')} ${paint('bold', verdict)} in ${environment}`
  const parsed = Evidence.safeParse(evidence)
  const why = detail ? [`            ${plain(detail)}`] : []
  if (!parsed.success) return ['', head, ...why]
  const { look, logE, limit, guardrail, channels, cautions, replicas } = parsed.data
  return [
    '',
    `${head}, at look ${countText(look)}`,
    ...why,
    `            E ${expText(logE)} of ${expText(limit)}; guardrail (over ${percentText(guardrail.maxErrorRate)} errors) ${expText(guardrail.canary)} of ${expText(guardrail.limit)}`,
    ...channels.flatMap((channel) => channelLines(channel).map((line) => `            ${line}`)),
    ...replicaLines('the new version', replicas?.canary, paint),
    ...replicaLines('the stable version', replicas?.stable, paint),
    ...cautions
      .filter((caution) => !detail?.includes(caution))
      .map((caution) => `            ${paint('yellow', plain(caution))}`),
  ]
}

function channelLines({ id, canary, stable, logE, phi, phiMeasured, step }: z.infer<typeof Channel>): string[] {
  const cut = typeof phiMeasured === 'number' && phiMeasured > phi ? ` (${phiMeasured.toFixed(1)} measured)` : ''
  const clusters = phi > 1 ? `, errors taken for clusters of ${phi.toFixed(1)}${cut}` : ''
  const sides = `canary ${rate(canary)}, stable ${rate(stable)}, E ${expText(logE)}${clusters}`
  if (!step) return [`${id}: ${sides}`]
  const shownAs = step.isGood ? 'shown good' : step.isNotInferior ? 'shown not inferior' : 'not shown yet'
  const bound = `this step at most ${percentText(step.bound)}, good is under ${percentText(step.objective)}`
  return [`${id}: ${sides}`, `${' '.repeat(id.length)}  ${bound}: ${shownAs}`]
}

const rate = ({ bad, total }: Counts): string =>
  total === 0 ? 'nothing yet' : `${countText(bad)} of ${countText(total)} (${percentText(bad / total)})`

/** With what a replica that ended by itself had printed last. */
function replicaLines(who: string, side: z.infer<typeof Replicas> | null | undefined, paint: Terminal['paint']): string[] {
  const text = replicasText(side)
  if (!side || text === null) return []
  return [`            ${who}: ${plain(text)}`, ...side.lines.map((line) => `              ${paint('dim', plain(line))}`)]
}
