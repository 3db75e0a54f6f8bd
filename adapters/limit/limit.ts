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
   * Takes all the tokens, or none of them. Atomic over all processes that share the store.
   * @throws Problem database-unavailable; TypeError for an invalid charge
   */
  charge(charge: Charge): Promise<Charged>
  /** True for the first caller with this name, false for all others until `forMs` have passed. @throws Problem database-unavailable */
  useOnce(name: string, forMs: number): Promise<boolean>
  close(): void
}

/** What composition roots give to every provider. */
export interface LimitSettings {
  readonly db: Database
  /** `redis://...`; empty when there is none. */
  readonly redisUrl: string
  /** Called when a provider cannot reach its store and another takes over, and when it is back. */
  readonly onAway: (isAway: boolean, error: unknown) => void
}

export interface LimitProvider {
  readonly kind: string
  create(settings: LimitSettings): Limit
}
