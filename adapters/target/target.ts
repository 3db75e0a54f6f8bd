/** The door to what runs a service's versions. It never names a vendor; products stand in index.ts. */
import type { Liveness } from '../../domain/analysis/liveness.ts'
import type { Fence } from '../../domain/queue/fence.ts'
import type { Place } from '../../domain/identity.ts'
import type { SecretDigests } from '../../domain/plan/secret.ts'
import type { SmokeTest } from '../../domain/plan/service.ts'
import type { DoorProduct } from '../product.ts'

/** One runnable revision: what weights, counters and processes are keyed by. */
export interface RevisionSpec {
  readonly revision: string
  /** The label people read. */
  readonly version: string
  /** Digest of the artifact in the target's store, `sha256:<hex>`. */
  readonly artifact: string
  /** The declaration's target configuration, parsed by the product's own schema. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * A revision's replicas now. Exits, outages and start times are judged by the analysis, so they must be facts: what the target itself
 * ended or took away is none of them, and its own restart forgets none.
 */
export interface RevisionStatus extends Liveness {
  readonly revision: string
  readonly version: string
  readonly wantedReplicas: number
  readonly readyReplicas: number
  /** Last health answer or exit, for people. */
  readonly detail: string
  /** Why no waiting will make it ready: it cannot be executed, or exits again and again before it listens. Null: it may still come. */
  readonly cannotStart: string | null
}

export interface SmokeResult {
  readonly ok: boolean
  readonly detail: string
}

/** A product behind this door also says whether its declarations name commands to be run: they need whoever runs this to allow it. */
export interface TargetProduct extends DoorProduct<Target> {
  readonly namesCommands: boolean
  /** Names of the secrets that a configuration refers to. */
  secretsIn(config: Readonly<Record<string, unknown>>): readonly string[]
}

/** Runs and removes revisions at a place. Each effect is idempotent by its fence and refused when late. */
export interface Target {
  /** Asks for `replicas` of a revision; resolves when asked, not when ready. @throws Problem stale-turn, target-unavailable */
  run(place: Place, spec: RevisionSpec, replicas: number, fence: Fence): Promise<void>
  /** Every revision present at the place. @throws Problem target-unavailable */
  status(place: Place): Promise<readonly RevisionStatus[]>
  /** Drains and ends a revision. A revision that is not there is removed. @throws Problem stale-turn, target-unavailable */
  remove(place: Place, revision: string, fence: Fence): Promise<void>
  /**
   * Digests of the present values of secrets, by name: a changed value is another revision. Nobody can tell a value from its digest.
   * @throws Problem secret-unavailable that names every one that is not opened to the service, target-unavailable
   */
  secretDigests(place: Place, names: readonly string[]): Promise<SecretDigests>
  /** One smoke test sent to a revision directly, whatever its weight. @throws Problem target-unavailable */
  smoke(place: Place, revision: string, test: SmokeTest): Promise<SmokeResult>
}
