/** What the runtime gives to a proxy and reads from it. One proxy serves one environment of a service. */
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
  /** For requests that are drawn for it; absent: the proxy's own. */
  readonly timeoutMs?: number
  /**
   * Until then (epoch), a request that is drawn for it while it has no healthy replica is not its error, because the runtime's own restart
   * ended its replicas. Absent: such a request always is its error.
   */
  readonly excusedUntilMs?: number
}

export interface RouteTable {
  readonly generation: number
  /** The release in which the routes share the traffic; its new version is the first route. Absent: sticky clients are not drawn. */
  readonly release?: string
  readonly routes: readonly RevisionRoute[]
  /** The proxy ends streams and upgraded connections of these revisions, now and for as long as the table names them. */
  readonly closeStreams: readonly string[]
}

/** The settings that may change while the proxy serves. */
export interface ProxySettings {
  /** From the request's last byte to the answer's headers; bodies, streams and upgrades are unbounded. */
  readonly timeoutMs: number
  readonly sticky: 'none' | 'cookie'
  /** Latency edges, ascending. */
  readonly edgesMs: readonly number[]
}

export interface ProxyOptions extends ProxySettings {
  readonly ref: EnvironmentRef
  /** Zero takes a free port. */
  readonly port: number
  /** Key of the header that reaches a revision directly; see `directHeader`. */
  readonly directSecret: string
  /** Called with a sentence about faults in handlers, at a bounded rate. */
  readonly warn?: (message: string) => void
}

/** Cumulative counts below each bound, as Prometheus wants them. */
export interface Histogram {
  readonly boundsMs: readonly number[]
  readonly cumulative: readonly number[]
  readonly count: number
  readonly sumMs: number
}

/** The counters of a replica, and what only the Prometheus text shows. */
export interface ReplicaSample extends ReplicaCounters {
  readonly version: string
  readonly inFlight: number
  /** Sticky clients whose first request of a release came here. */
  readonly firstDraws: number
  readonly histogram: Histogram
}

/** What a proxy has counted, and its present weights. */
export interface ProxyCounters {
  readonly samples: readonly ReplicaSample[]
  /** Share of new requests that each revision gets. */
  readonly weights: Readonly<Record<string, number>>
  readonly unrouted: number
  readonly ledger: ReturnType<Proxy['ledger']>
}

export interface Proxy {
  /** The first port that it listened on. */
  readonly port: number
  /** Every port that it listens on. All answer alike. */
  ports(): readonly number[]
  /** Listens on one more port. Rejects with Node's error when the port is not free. */
  listenAt(port: number): Promise<void>
  /** Accepts no more requests at `port`. Requests that came by it get `graceMs` to end. */
  leave(port: number, graceMs: number): Promise<void>
  /** Synchronous: the next request meets the new table. */
  setTable(table: RouteTable): void
  /** Applies to the next request and breaks no connection. A new latency edge counts from 0; all other counters continue. */
  configure(settings: ProxySettings): void
  /** The weights for the next request. A revision without a healthy backend has weight 0, and the others share its part. */
  effective(): { readonly weights: Readonly<Record<string, number>>; readonly generation: number }
  /** Requests of a revision that are being answered; upgraded connections and event streams are not among them. */
  inFlight(revision: string): number
  /** Resolves once nothing is in flight, including streams that the table closes. The caller sets the deadline. */
  drained(revision: string): Promise<void>
  /**
   * Replicas that left the table stay for 10 minutes, so that the analysis sees their last requests. A request that is drawn for a revision
   * without a healthy backend counts once, as an error of that revision, even when another revision answers it. It counts at a replica of
   * its own: `<revision>-none`.
   */
  counters(nowMs: number): readonly ReplicaSample[]
  /**
   * Whole blocks from `sinceMs` (epoch) to now: of 1 s if `sinceMs` is within the last 10 minutes, else of 5 s, for six hours at most.
   * `slow` is in the order of `edgesMs`, by default the counted edges.
   */
  history(revision: string, sinceMs: number, edgesMs?: readonly number[]): readonly ReplicaHistory[]
  /** How all requests ended, and the faults that were caught, by kind. */
  ledger(): LedgerEntry & { readonly faults: Readonly<Record<FaultKind, number>> }
  /** Requests without an answer from the service, because no revision with weight had a healthy backend. */
  unrouted(): number
  /** Accepts no more requests. Requests and streams in progress get `graceMs` to end. */
  close(graceMs?: number): Promise<void>
}
