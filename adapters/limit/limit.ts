/**
 * The interface to the store that counts clients' requests and remembers one-time names. The store's clock decides: the clock of an API
 * process neither fills a bucket nor ends a name.
 *
 * A bucket is one instant, at which it is full again. A request moves the instant on by its cost, and is refused where that would be later
 * than an empty bucket needs. A full bucket is not stored.
 */
import type { Charge, Charged } from '../../domain/rate-limit.ts'
import type { Database } from '../postgres/database/database.ts'

export interface Limit {
  /**
   * Takes the tokens, or none of them. Atomic over all processes that share the store.
   * @throws Problem database-unavailable; TypeError for a charge that is none
   */
  charge(charge: Charge): Promise<Charged>
  /** True for the first caller of this name, false for everybody else until `forMs` are over. @throws Problem database-unavailable */
  useOnce(name: string, forMs: number): Promise<boolean>
  close(): void
}

/** What composition roots give to every provider. */
export interface LimitSettings {
  readonly db: Database
  /** `redis://...`; empty where there is none. */
  readonly redisUrl: string
  /** Called when a provider cannot reach its store and another takes over, and when it is back. */
  readonly onAway: (isAway: boolean, error: unknown) => void
}

export interface LimitProvider {
  readonly kind: string
  create(settings: LimitSettings): Limit
}
