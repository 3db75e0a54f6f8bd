/** Verdicts as sentences for people: numbers first, so that nobody has to take a verdict's word for it. */
import type { Counts } from './channels.ts'
import type { ChannelEvidence, Evidence } from './evidence.ts'

export const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
const rate = ({ bad, total }: Counts): string => (total === 0 ? 'no requests' : `${percent(bad / total)} (${bad} of ${total})`)
const times = (logE: number): string => (logE > 14 ? 'over a million' : String(Number(Math.exp(logE).toPrecision(3))))

/** The metric that speaks loudest against the canary. */
const loudest = (channels: readonly ChannelEvidence[]): ChannelEvidence | undefined =>
  channels.filter(({ weight }) => weight > 0).toSorted((x, y) => y.logE + Math.log(y.weight) - x.logE - Math.log(x.weight))[0]

export function worseThanBaseline({ channels, logE, limit, look }: Evidence): string {
  const channel = loudest(channels)
  const rates = channel
    ? `${channel.id}: ${rate(channel.canary)} at the canary, ${rate(channel.stable)} at the stable version; `
    : ''
  return `${rates}E ${times(logE)} against a limit of ${times(limit)} at look ${look}`
}

export const guardrailBroken = ({ guardrail, look }: Evidence): string =>
  `errors: ${rate(guardrail.canaryErrors)} at the canary, where never more than ${percent(guardrail.maxErrorRate)} are allowed; ` +
  `E ${times(guardrail.canary)} against a limit of ${times(guardrail.limit)} at look ${look}`

export const bothBad = ({ guardrail }: Evidence): string =>
  `both versions have more errors than the ${percent(guardrail.maxErrorRate)} that are allowed (canary ${rate(guardrail.canaryErrors)}, ` +
  `stable ${rate(guardrail.stableErrors)}): going back would not help`

export const splitBroken = ({ split, weightPercent }: Evidence): string =>
  `${split?.canary ?? 0} of ${split?.total ?? 0} requests came to the canary at a weight of ${weightPercent} %: ` +
  'the split is not what was asked for, so nothing can be believed'

export const watched = ({ guardrail }: Evidence): string =>
  guardrail.canaryErrors.total === 0
    ? 'the watch is over; there was no traffic to see'
    : `the watch is over; errors: ${rate(guardrail.canaryErrors)}, at most ${percent(guardrail.maxErrorRate)} allowed`

export const proven = ({ channels }: Evidence): string =>
  channels
    .flatMap(({ id, step }) => {
      if (!step?.isNeeded) return []
      const bound = `${id}: at most ${percent(step.bound)}, objective ${percent(step.objective)}`
      return [step.isGood ? bound : `${id}: ${rate(step.canary)}, not inferior to the stable version`]
    })
    .join('; ')

export function unproven({ channels }: Evidence): string {
  const open = channels.flatMap(({ id, step }) => {
    if (!step?.isNeeded || step.isGood || step.isNotInferior) return []
    return [`${id}: up to ${percent(step.bound)} after ${step.canary.total} requests, objective ${percent(step.objective)}`]
  })
  return open.length > 0
    ? `neither good nor bad was shown; ${open.join('; ')}`
    : 'nothing was shown: no metric has an objective, or the bake was blind or shorter than a request may take'
}
