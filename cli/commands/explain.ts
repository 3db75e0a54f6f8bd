/** Explains the state of a release: what it waits for, who requested what, and the evidence of each verdict. */
import type { Verb } from '../../schema/verb.ts'
import type { Run } from '../context.ts'
import type { ChannelEvidence, Counts, LivenessEvidence } from '../../schema/evidence.ts'
import { replicasText } from '../analysis-summary.ts'
import type { VerdictAnswer } from '../api-answers.ts'
import { ExplanationAnswer, read } from '../api-answers.ts'
import type { Terminal } from '../terminal.ts'
import { plain } from '../terminal.ts'
import { countText, moreText, percentText } from '../view/columns.ts'
import { clockText } from '../view/duration.ts'
import { expText, stateText } from '../view/release-view.ts'
import { shown } from './answers.ts'

export const explainRelease = (verb: Verb): Run =>
  shown(verb, (json, { terminal: { paint } }) => {
    const { id, state, summary, waitsFor, reason, legalRequests, verdicts, verdictsMore, requests, requestsMore } = read(
      ExplanationAnswer,
      json,
    )
    return [
      '',
      `  ${paint('bold', id)}  ${stateText({ state, phase: null, stuck: false }, paint)}`,
      `  ${plain(summary)}`,
      ...(reason?.hint ? [`  ${paint('dim', plain(reason.hint))}`] : []),
      ...(waitsFor ? [`  ${paint('yellow', `waits for ${plain(waitsFor)}`)}`] : []),
      ...(legalRequests.length > 0
        ? [`  ${paint('dim', 'you may')} ${legalRequests.join(', ').replaceAll('promote-fully', 'promote --fully')}`]
        : []),
      ...(requestsMore > 0 ? [`  ${paint('dim', `${moreText(requestsMore)} requests before these`)}`] : []),
      ...requests.map(
        ({ at, actor, request, reason }) =>
          `  ${paint('dim', clockText(at))}  ${plain(actor.id)} asked to ${request}${reason ? `: ${plain(reason)}` : ''}`,
      ),
      ...(verdictsMore > 0 ? [`  ${paint('dim', `${moreText(verdictsMore)} verdicts before these`)}`] : []),
      ...verdicts.flatMap((verdict) => verdictLines(verdict, paint)),
      '',
    ]
  })

function verdictLines({ environment, at, verdict, detail, evidence }: VerdictAnswer, paint: Terminal['paint']): string[] {
  const head = `  ${paint('dim', clockText(at))}  ${paint('magenta', '⚖')} ${paint('bold', verdict)} in ${environment}`
  const why = detail ? [`            ${plain(detail)}`] : []
  if (evidence === null) return ['', head, ...why]
  const { look, logE, limit, guardrail, channels, cautions, replicas } = evidence
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

function channelLines({ id, canary, stable, logE, phi, phiMeasured, step }: ChannelEvidence): string[] {
  const cut = phiMeasured > phi ? ` (${phiMeasured.toFixed(1)} measured)` : ''
  const clusters = phi > 1 ? `, errors counted as clusters of ${phi.toFixed(1)}${cut}` : ''
  const sides = `canary ${rate(canary)}, stable ${rate(stable)}, E ${expText(logE)}${clusters}`
  if (!step) return [`${id}: ${sides}`]
  const shownAs = step.isGood ? 'shown good' : step.isNotInferior ? 'shown not inferior' : 'not shown yet'
  const bound = `this step at most ${percentText(step.bound)}, good is under ${percentText(step.objective)}`
  return [`${id}: ${sides}`, `${' '.repeat(id.length)}  ${bound}: ${shownAs}`]
}

const rate = ({ bad, total }: Counts): string =>
  total === 0 ? 'nothing yet' : `${countText(bad)} of ${countText(total)} (${percentText(bad / total)})`

/** Unexpected exits of a version's replicas, with the last lines that such a replica printed. */
function replicaLines(who: string, side: LivenessEvidence | null | undefined, paint: Terminal['paint']): string[] {
  const text = replicasText(side)
  if (!side || text === null) return []
  return [`            ${who}: ${plain(text)}`, ...side.lines.map((line) => `              ${paint('dim', plain(line))}`)]
}
