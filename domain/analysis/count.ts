/** Turns cumulative counters into what one look adds per side. Counts never go backwards, whatever replicas come, go and restart. */
import type { Channel } from './channels.ts'
import { countersOf } from './channels.ts'
import type { Counters, ReplicaCounters } from './counters.ts'

/** Last counters of a replica: requests, errors, requests for the split, then `ChannelCounters` per channel; -1 where there was none. */
type Vector = readonly number[]

/** What is remembered of replicas: those of the last counters, and lost ones, which must not count twice when they come back. */
export interface Replicas {
  readonly present: Readonly<Record<string, Vector>>
  readonly lost: Readonly<Record<string, Vector>>
  /** Instants of the present replicas' counters, where the provider reports them. */
  readonly sampledAtMs?: Readonly<Record<string, number>>
}

/** What one side counted in one look. */
export interface SideDelta {
  readonly requests: number
  readonly errors: number
  /** What the split is judged by: requests as they arrive (at the lowest edge, where there are edges), or sticky clients' first draws. */
  readonly arrived: number
  /** `ChannelCounters` per channel, flat. */
  readonly channels: readonly number[]
}

export interface Counted {
  readonly replicas: Replicas
  readonly canary: SideDelta
  readonly stable: SideDelta
  /** True where sticky clients are judged instead of their requests. */
  readonly byClients: boolean
  /** The two sides did not count the same stretch of time, so this look compares nothing. */
  readonly torn: boolean
  /** A replica has no newer counters than at the last look. The look waits, or one side would count more time than the other. */
  readonly isWaiting: boolean
  /** A counter of the canary went backwards, because its process restarted in place or it is no counter. What it counted is lost. */
  readonly hasFallen: boolean
}

const keptLost = 32
const head = 3
/** Numbers per channel. */
export const width = 5

export const noReplicas = (): Replicas => ({ present: {}, lost: {} })

/**
 * What `counters` adds. A replica that was never seen before counts from 0, because its process began after the last look. One that `isOld`
 * starts at its present counts.
 */
export function count(
  before: Replicas,
  sides: { readonly canary: string; readonly stable: string | null; readonly sticky: boolean },
  channels: readonly Channel[],
  counters: Counters,
): Counted {
  const present: Record<string, Vector> = {}
  const lost: Record<string, Vector> = { ...before.lost }
  const sums = {
    canary: new Array<number>(head + width * channels.length).fill(0),
    stable: new Array<number>(head + width * channels.length).fill(0),
  }
  const byClients = sides.sticky && countsClients(counters)
  const sampledAtMs: Record<string, number> = {}
  let torn = false
  let isWaiting = false
  let hasFallen = false
  for (const replica of counters.replicas) {
    const side = replica.revision === sides.canary ? 'canary' : replica.revision === sides.stable ? 'stable' : null
    if (!side) continue
    const key = `${side} ${replica.replica}`
    const known = before.present[key] ?? lost[key]
    // The replica is back after a gap, and its counts cover more time than the others'.
    if (!before.present[key] && known) torn = true
    delete lost[key]
    const now = vectorOf(replica, channels, known, sides.sticky, byClients)
    present[key] = now
    if (replica.sampledAtMs !== undefined) {
      sampledAtMs[key] = replica.sampledAtMs
      isWaiting ||= replica.sampledAtMs <= (before.sampledAtMs?.[key] ?? Number.NEGATIVE_INFINITY)
    }
    // A restart in place: what it counted since may not belong to this look. Only a loss at the baseline could accuse the canary.
    const isAdded = add(sums[side], known ?? (replica.isOld ? now : undefined), now)
    torn ||= !isAdded && side === 'stable'
    hasFallen ||= !isAdded && side === 'canary'
  }
  for (const [key, vector] of Object.entries(before.present)) {
    if (present[key]) continue
    lost[key] = vector
    // The last errors of a lost canary replica are missing, which can only favour the canary. A crash loop must not make looks vanish.
    if (key.startsWith('stable ')) torn = true
  }
  // A baseline without counters is not a baseline without requests; the split would seem broken.
  if (sides.stable !== null && !counters.replicas.some(({ revision }) => revision === sides.stable)) torn = true
  const kept = Object.entries(lost).slice(-keptLost)
  return {
    replicas: { present, lost: Object.fromEntries(kept), sampledAtMs },
    canary: deltaOf(sums.canary),
    stable: deltaOf(sums.stable),
    byClients,
    torn,
    isWaiting,
    hasFallen,
  }
}

/** Whether any replica of a side has a counter for channel `i`. */
export const hasCounter = ({ present }: Replicas, side: 'canary' | 'stable', i: number): boolean =>
  Object.entries(present).some(([key, vector]) => key.startsWith(`${side} `) && (vector[head + width * i] ?? -1) >= 0)

/** Whether the provider counts clients. Before the first client this is unknown, and there is nothing to judge. */
export const countsClients = ({ replicas }: Counters): boolean => {
  const counted = replicas.filter(({ requests }) => requests > 0)
  return counted.length === 0 || counted.some(({ clients }) => clients !== undefined)
}

function vectorOf(
  replica: ReplicaCounters,
  channels: readonly Channel[],
  known: Vector | undefined,
  sticky: boolean,
  byClients: boolean,
): Vector {
  const lowest = replica.edges.reduce<ReplicaCounters['edges'][number] | null>(
    (low, edge) => (low && low.edgeMs <= edge.edgeMs ? low : edge),
    null,
  )
  // All requests of a sticky client go where its first one went, so each client counts once in the split.
  const arrived = sticky ? (replica.firstDraws ?? 0) : (lowest?.entered ?? replica.requests)
  const vector = [replica.requests, replica.errors, arrived]
  channels.forEach((channel, i) => {
    const counted = countersOf(channel, replica, byClients)
    const now = counted && [counted.bad, counted.total, counted.exposure, counted.newBad, counted.newExposure]
    for (let part = 0; part < width; part += 1) vector.push(now?.[part] ?? known?.[head + width * i + part] ?? -1)
  })
  return vector
}

/** Adds what is new. False, and nothing added, when a counter went backwards. */
function add(sum: number[], known: Vector | undefined, now: Vector): boolean {
  if (known && now.some((value, i) => value < (known[i] ?? 0))) return false
  now.forEach((value, i) => {
    const base = known ? (known[i] as number) : 0
    // -1: the counter is new and starts without a past.
    if (base >= 0 && value >= 0) sum[i] = (sum[i] as number) + value - base
  })
  return true
}

const deltaOf = (sum: readonly number[]): SideDelta => ({
  requests: sum[0] ?? 0,
  errors: sum[1] ?? 0,
  arrived: sum[2] ?? 0,
  channels: sum.slice(head),
})
