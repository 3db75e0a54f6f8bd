/** What the runtime hands to a proxy and reads from it. One proxy serves one environment: a service in an environment. */
import type { ReplicaCounters, ReplicaHistory } from '../../domain/analysis/counters.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { FaultKind } from './faults.ts'
import type { LedgerEntry } from './ledger.ts'

export interface Backend {
  /** Identity of one process: unique per process start. */
  readonly replica: string
  readonly port: number
}

export interface RevisionRoute {
  readonly revision: string
  readonly version: string
  /** Whole percent. Zero means never, even when nothing else is healthy. */
  readonly weight: number
  /** Healthy replicas only. */
  readonly backends: readonly Backend[]
  /** Of requests that are drawn for it; absent: the proxy's. */
  readonly timeoutMs?: number
  /**
   * Until when (epoch) what is drawn for it without a healthy replica is not its error: the runtime's own restart took its replicas.
   * Absent: it always is.
   */
  readonly excusedUntilMs?: number
}

export interface RouteTable {
  readonly generation: number
  /** In which the routes share the traffic, the version that it brings out first; absent: sticky clients have nothing to be drawn for. */
  readonly release?: string
  readonly routes: readonly RevisionRoute[]
  /** Revisions whose streams and upgraded connections end now, and are ended as they appear while the table names them. */
  readonly closeStreams: readonly string[]
}

/** What may change while the proxy serves. */
export interface ProxySettings {
  /** From the request's last byte to the answer's headers; bodies, streams and upgrades are unbounded. */
  readonly timeoutMs: number
  readonly sticky: 'none' | 'cookie'
  /** Latency edges, ascending. */
  readonly edgesMs: readonly number[]
}

export interface ProxyOptions extends ProxySettings {
  readonly ref: EnvironmentRef
  /** Zero takes a free one. */
  readonly port: number
  /** Key of the header that reaches a revision directly; see `directHeader`. */
  readonly directSecret: string
  /** Told of faults that a handler met, in words, at a bounded rate. */
  readonly warn?: (message: string) => void
}

/** Cumulative counts below each bound, as Prometheus wants them. */
export interface Histogram {
  readonly boundsMs: readonly number[]
  readonly cumulative: readonly number[]
  readonly count: number
  readonly sumMs: number
}

/** What a reading says of a replica, and what only the exposition shows. */
export interface ReplicaSample extends ReplicaCounters {
  readonly version: string
  readonly inFlight: number
  /** Sticky clients whose first request of a release came here. */
  readonly firstDraws: number
  readonly histogram: Histogram
}

/** What a proxy has counted, and what it does now. */
export interface ProxyCounters {
  readonly samples: readonly ReplicaSample[]
  /** Share of new requests that each revision gets. */
  readonly weights: Readonly<Record<string, number>>
  readonly unrouted: number
  readonly ledger: ReturnType<Proxy['ledger']>
}

export interface Proxy {
  /** Where it listened first. */
  readonly port: number
  /** Every port that it listens on: each answers alike. */
  ports(): readonly number[]
  /** Listens on one more port. Rejects with Node's error when it cannot be had. */
  listenAt(port: number): Promise<void>
  /** Accepts nothing more at `port`; requests that came by it get `graceMs` to end. */
  leave(port: number, graceMs: number): Promise<void>
  /** Synchronous: holds for the next request. */
  setTable(table: RouteTable): void
  /** Holds for the next request; no connection notices. An edge that was not counted before begins at 0, all else goes on. */
  configure(settings: ProxySettings): void
  /** What the next request meets: a revision without a healthy backend has weight 0 and the others share its part. */
  effective(): { readonly weights: Readonly<Record<string, number>>; readonly generation: number }
  /** Requests of a revision that are being answered; upgraded connections and event streams are not among them. */
  inFlight(revision: string): number
  /** Resolves once nothing is in flight, streams included where the table closes them. The deadline is the caller's. */
  drained(revision: string): Promise<void>
  /**
   * Replicas that left the table stay for 10 minutes, so that their last requests are seen. What was drawn for a revision while it had no
   * healthy backend is counted once, as an error of that revision (whoever answers it), at a replica of its own: `<revision>-none`.
   */
  counters(nowMs: number): readonly ReplicaSample[]
  /**
   * Whole blocks from `sinceMs` (epoch) to now: of 1 s while the last 10 minutes hold it, else of 5 s, six hours at most. `slow` comes in
   * the order of `edgesMs`, the counted ones unless others are asked for.
   */
  history(revision: string, sinceMs: number, edgesMs?: readonly number[]): readonly ReplicaHistory[]
  /** What became of all requests, and the faults that were caught on the way, by kind. */
  ledger(): LedgerEntry & { readonly faults: Readonly<Record<FaultKind, number>> }
  /** Requests that nobody could answer: no revision with weight had a healthy backend. */
  unrouted(): number
  /** Accepts nothing more; requests and streams that are under way get `graceMs` to end. */
  close(graceMs?: number): Promise<void>
}
