/** Verdicts as sentences for people: first what users saw, then the evidence behind it. */
import type { Counts } from './channels.ts'
import type { ChannelEvidence, Evidence, FailingEvidence } from './evidence.ts'
import { failingShare } from './failing-clients.ts'

export const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
const rate = ({ bad, total }: Counts): string => (total === 0 ? 'no requests' : `${percent(bad / total)} (${bad} of ${total})`)

/** e^log as people write it: `43`, `1.2e6`. */
function times(log: number): string {
  const power = Math.floor(log / Math.LN10)
  if (power < 5) return String(Number(Math.exp(log).toPrecision(3)))
  // Rounded up to ten, it is the next power.
  const digits = Math.exp(log - power * Math.LN10).toFixed(1)
  return digits === '10.0' ? `1.0e${power + 1}` : `${digits}e${power}`
}

const evidenceText = (name: string, logE: number, logLimit: number): string =>
  `(${name} ${times(logE)}, limit ${times(logLimit)})`

/** The metric with most evidence against the canary. */
const loudest = (channels: readonly ChannelEvidence[]): ChannelEvidence | undefined =>
  channels.filter(({ weight }) => weight > 0).toSorted((x, y) => y.logE + Math.log(y.weight) - x.logE - Math.log(x.weight))[0]

/** `13.9 % of 223 requests failed`, by what a channel counts as bad. */
function happened({ bad, total }: Counts, id: string, byClients: boolean): string {
  if (total === 0) return id.startsWith('query ') ? `${id} counted nothing` : 'no request was counted'
  if (byClients) return `${clients(bad)} ${happenedTo(id)} within ${total} requests`
  const share = percent(bad / total)
  if (id.startsWith('query ')) return `${id}: ${share} of ${total} were bad`
  return `${share} of ${total} requests ${id.startsWith('latency ') ? `took longer than ${id.slice('latency '.length)}` : id === 'errors' ? 'failed' : `were answered ${id}`}`
}

const clients = (count: number): string => (count === 1 ? '1 client' : `${count} clients`)

const happenedTo = (id: string): string =>
  id.startsWith('latency ')
    ? `waited longer than ${id.slice('latency '.length)}`
    : id === 'errors'
      ? 'met an error'
      : `met an answer ${id}`

function beside({ bad, total }: Counts, byClients: boolean): string {
  if (total === 0) return 'the stable version had no requests'
  return bad === 0
    ? 'the stable version had none'
    : `at the stable version ${byClients ? `${clients(bad)} within` : `${percent(bad / total)} of`} ${total}`
}

/** Whether at least half of a channel's evidence comes from its failing clients. */
const isOfFailing = ({ logE }: ChannelEvidence, failing: FailingEvidence): boolean =>
  failing.logE + Math.log(2 * failingShare) >= logE

/** `9 of the 10 returning clients on the canary fail now; 1 of 88 on the stable version` */
export function failingNow({ canary, stable }: FailingEvidence, id: string): string {
  const beside = stable.total === 0 ? '' : `; ${stable.bad || 'none'} of ${stable.total} on the stable version`
  const what = id.startsWith('latency ')
    ? `wait longer than ${id.slice('latency '.length)}`
    : id === 'errors'
      ? 'fail'
      : `are answered ${id}`
  return `${canary.bad} of the ${canary.total} returning clients on the canary ${what} now${beside}`
}

export function worseThanBaseline({ channels, logE, limit }: Evidence): string {
  const channel = loudest(channels)
  if (channel?.failing && isOfFailing(channel, channel.failing))
    return `${failingNow(channel.failing, channel.id)} ${evidenceText('E', logE, limit)}`
  const seen = channel
    ? `${happened(channel.canary, channel.id, channel.byClients)}; ${beside(channel.stable, channel.byClients)} `
    : ''
  return `${seen}${evidenceText('E', logE, limit)}`
}

export const guardrailBroken = ({ guardrail }: Evidence): string =>
  `${happened(guardrail.canaryErrors, 'errors', guardrail.byClients)}; no version may have more than ${percent(guardrail.maxErrorRate)} ` +
  evidenceText('guardrail E', guardrail.canary, guardrail.limit)

export const bothBad = ({ guardrail }: Evidence): string =>
  `${happened(guardrail.canaryErrors, 'errors', guardrail.byClients)}, and at the stable version ${rate(guardrail.stableErrors)}: both have more than the ` +
  `${percent(guardrail.maxErrorRate)} that are allowed, so a revert would not help ` +
  evidenceText('guardrail E', Math.min(guardrail.canary, guardrail.stable), guardrail.limit)

export const splitBroken = (
  { canary, total, byClients, logE, limit }: NonNullable<Evidence['split']>,
  weightPercent: number,
): string =>
  `${canary} of ${total} ${byClients ? 'clients' : 'requests'} came to the canary at a weight of ${weightPercent} %: ` +
  `the split is not the requested one, so the counts cannot be trusted ${evidenceText('E', logE, limit)}`

export const watched = ({ guardrail }: Evidence): string =>
  guardrail.canaryErrors.total === 0
    ? 'the watch is over; there was no traffic to see'
    : `the watch is over: ${happened(guardrail.canaryErrors, 'errors', guardrail.byClients)}, and ${percent(guardrail.maxErrorRate)} may`

export const proven = ({ channels }: Evidence): string =>
  channels
    .flatMap(({ id, step }) => {
      if (!step?.isNeeded) return []
      const bound = `${id}: at most ${percent(step.bound)}, needs ${percent(step.objective)}`
      return [step.isGood ? bound : `${id}: ${rate(step.canary)}, not inferior to the stable version`]
    })
    .join('; ')

/** Why nothing may pass, whatever the counts show. Null where it may. */
export function withheldByClients(channels: readonly Pick<ChannelEvidence, 'id' | 'failing'>[]): string | null {
  const of = channels.find(({ failing }) => failing?.withholdsPass)
  return of?.failing ? failingNow(of.failing, of.id) : null
}

export function unproven({ channels }: Evidence): string {
  const withheld = withheldByClients(channels)
  if (withheld !== null) return `nothing passes while ${withheld}`
  const open = channels.flatMap(({ id, step }) => {
    if (!step?.isNeeded || step.isGood || step.isNotInferior) return []
    return [`${id}: at most ${percent(step.bound)} after ${step.canary.total} requests, needs ${percent(step.objective)}`]
  })
  return open.length > 0
    ? `neither good nor bad was shown; ${open.join('; ')}`
    : 'nothing was shown: no metric has an objective, or the bake was blind or shorter than a request may take'
}
