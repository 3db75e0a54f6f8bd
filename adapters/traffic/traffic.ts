/** The door to what splits a service's traffic. Routers are asynchronous: what was asked and what is effective may differ. */
import type { Routing } from '../../domain/analysis/analysis.ts'
import type { Fence } from '../../domain/fence.ts'
import type { Place } from '../../domain/identity.ts'

/** Whole percents by revision; they sum to 100, or are empty before the first release. */
export type Weights = Readonly<Record<string, number>>

export interface TrafficState {
  readonly asked: Weights
  /** What the data plane really does now. */
  readonly effective: Weights
  readonly generation: number
  /** Where users reach the service, as a URL. */
  readonly url: string
}

export interface Traffic {
  /** How requests are timed and drawn as declared: what an analysis of their counts must know. */
  routing(): Routing
  /**
   * Makes the place reachable as declared, before anything runs there; a repeat changes nothing.
   * @throws Problem stale-turn, target-unavailable
   */
  open(place: Place, fence: Fence): Promise<TrafficState>
  /**
   * Asks for `weights` if the place is still at `ifGeneration`; resolves with the new generation when accepted. A repeat of the same
   * fence finds the weights in place. A closed revision's streams and upgraded connections are ended when `closeStreams` names it.
   * @throws Problem stale-generation, stale-turn, target-unavailable
   */
  setWeights(
    place: Place,
    weights: Weights,
    ifGeneration: number,
    fence: Fence,
    closeStreams?: readonly string[],
  ): Promise<number>
  /** @throws Problem target-unavailable */
  read(place: Place): Promise<TrafficState>
}
