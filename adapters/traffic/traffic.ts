/**
 * The interface to routers, which split a service's traffic. Routers are asynchronous: the effective weights may lag behind the desired
 * ones.
 */
import type { Routing } from '../../domain/analysis/analysis.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'

/** Whole percents by revision; they sum to 100, or are empty before the first release. */
export type Weights = Readonly<Record<string, number>>

export interface TrafficState {
  readonly desired: Weights
  /** The weights that the data plane uses now. */
  readonly effective: Weights
  /** Counts the changes of weights. A repeat is no change. */
  readonly generation: number
  /** The URL where users reach the service. */
  readonly url: string
  /** Whether the data plane does what was asked, as nearly as this router can. Absent: when `effective` is `desired`. */
  readonly inEffect?: boolean
  /** Who else changed the split, or what keeps the router from it, in a sentence. Null or absent: nobody and nothing. */
  readonly foreign?: string | null
}

/** A canary with its own configuration of the router. */
export interface Trial {
  readonly revision: string
  readonly config: Readonly<Record<string, unknown>>
}

export interface WithWeights {
  /** Revisions whose streams and upgraded connections end with the change. */
  readonly closeStreams?: readonly string[]
  /**
   * A request that is drawn for it gets its timeout, and its latency edges are counted beside the others. Port and stickiness belong to the
   * service: they are the stable version's until promotion.
   */
  readonly trial?: Trial | null
}

/**
 * A router under one version's configuration, which applies to all users. It draws by the desired weights, whichever revision is healthy.
 * A request that falls on a revision without a healthy replica is answered by another revision, or not at all. Either way it counts once,
 * as a request and an error of the revision that it was drawn for, unless the router's own restart ended the replicas.
 */
export interface Traffic {
  /** How requests are timed and drawn, which the analysis must know to read their counts. */
  routing(): Routing
  /**
   * Makes the environment reachable as declared, and at no other port. A repeat changes nothing.
   * @param next the router that a version will need at its promotion; refused when its port is taken
   * @throws Problem stale-token, target-unavailable, port-taken
   */
  open(ref: EnvironmentRef, fencingToken: FencingToken, next?: Readonly<Record<string, unknown>>): Promise<TrafficState>
  /**
   * Asks for `weights`. Resolves once the router has accepted them, with its present state: the effective weights may still be the old
   * ones. The same change makes the environment reachable as declared: a new port is added, and the former one answers too until the next
   * `open`. Empty weights leave the ports as they are. A repeat of the same fencing token finds the weights in place.
   * @throws Problem stale-token, target-unavailable, port-taken
   */
  setWeights(ref: EnvironmentRef, weights: Weights, fencingToken: FencingToken, more?: WithWeights): Promise<TrafficState>
  /**
   * Closes the environment, and frees its ports for others. An environment that was never opened counts as closed.
   * @throws Problem stale-token, wrong-phase while a revision is there, target-unavailable
   */
  close(ref: EnvironmentRef, fencingToken: FencingToken): Promise<void>
  /** @throws Problem target-unavailable */
  read(ref: EnvironmentRef): Promise<TrafficState>
}
