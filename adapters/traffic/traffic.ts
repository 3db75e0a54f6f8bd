/** The interface to what splits a service's traffic. Routers are asynchronous: what was asked and what is effective may differ. */
import type { Routing } from '../../domain/analysis/analysis.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { Place } from '../../domain/identity.ts'

/** Whole percents by revision; they sum to 100, or are empty before the first release. */
export type Weights = Readonly<Record<string, number>>

export interface TrafficState {
  readonly desired: Weights
  /** What the data plane really does now. */
  readonly effective: Weights
  readonly generation: number
  /** Where users reach the service, as a URL. */
  readonly url: string
}

/** A version that is tried beside the one that users have, with its own configuration of the router. */
export interface Trial {
  readonly revision: string
  readonly config: Readonly<Record<string, unknown>>
}

export interface WithWeights {
  /** Revisions whose streams and upgraded connections end with the change. */
  readonly closeStreams?: readonly string[]
  /**
   * Requests that are drawn for it have its timeout, and its latency edges are counted beside the others. All else that users meet (port,
   * stickiness) is the service's, and is the stable version's until promotion.
   */
  readonly trial?: Trial | null
}

/**
 * Made for one version's configuration: what it opens and sets holds for all users. A router draws by the asked weights, whoever is healthy.
 * What falls on a revision without a healthy replica the others answer, or nobody; either way it is counted once, as a request and an error
 * of the revision that it was drawn for: unless the router's own restart took the replicas.
 */
export interface Traffic {
  /** How requests are timed and drawn as declared: what an analysis of their counts must know. */
  routing(): Routing
  /**
   * Makes the place reachable as declared, and at no other port; a repeat changes nothing.
   * @param next what a version brings along for its promotion: refused where its port cannot be had
   * @throws Problem stale-turn, target-unavailable, port-taken
   */
  open(place: Place, fencingToken: FencingToken, next?: Readonly<Record<string, unknown>>): Promise<TrafficState>
  /**
   * Asks for `weights` if the place is still at `ifGeneration`; resolves with the new generation when accepted. From then on the place is
   * as declared, in the same change: another port is added, and the former one answers too until the next `open`. Weights for nobody
   * leave it as it is. A repeat of the same fencing token finds the weights in place.
   * @throws Problem stale-generation, stale-turn, target-unavailable, port-taken
   */
  setWeights(
    place: Place,
    weights: Weights,
    ifGeneration: number,
    fencingToken: FencingToken,
    more?: WithWeights,
  ): Promise<number>
  /**
   * Nobody is to reach the place any more: what it held (a port) is free for others. A place that was never opened is closed.
   * @throws Problem stale-turn, wrong-phase while a revision is there, target-unavailable
   */
  close(place: Place, fencingToken: FencingToken): Promise<void>
  /** @throws Problem target-unavailable */
  read(place: Place): Promise<TrafficState>
}
