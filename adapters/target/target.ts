/** The interface to what runs a service's versions. It never names a vendor; providers stand in index.ts. */
import type { Liveness } from '../../domain/analysis/liveness.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { Place } from '../../domain/identity.ts'
import type { SecretDigests } from '../../domain/plan/secret.ts'
import type { SmokeTest } from '../../domain/plan/service.ts'
import type { Provider, ProviderSettings } from '../provider.ts'

/** One runnable revision: what weights, counters and processes are keyed by. */
export interface RevisionSpec {
  readonly revision: string
  /** The label people read. */
  readonly version: string
  /** Digest of the artifact in the target's store, `sha256:<hex>`. */
  readonly artifact: string
  /** The declaration's target configuration, parsed by the provider's own schema. */
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

/** A provider behind this interface also says whether its declarations name commands to be run: they need whoever runs this to allow it. */
export interface TargetProvider extends Provider<Target> {
  readonly namesCommands: boolean
  /** Names of the secrets that a configuration refers to. */
  secretsIn(config: Readonly<Record<string, unknown>>): readonly string[]
  /** The store that targets of this kind run artifacts from, whatever their configuration. */
  artifacts(settings: ProviderSettings): Artifacts
  /** Opens what tells which state of this target could not be used and is not served: places, in its words. Answers soon. */
  settingAside?(settings: ProviderSettings): () => Promise<readonly string[]>
}

/** What of a path is part of an artifact, by names and sizes, and the first hundred of what is left out. */
export interface ArtifactContents {
  readonly files: number
  readonly sizeBytes: number
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
  readonly leftOutCount: number
  /** Of the files that are part of it, those that Git ignores. */
  readonly gitIgnored: { readonly files: number; readonly sizeBytes: number }
}

/**
 * A store of artifacts, by digest. Paths are those of the target's machine. A `signal` ends what nobody waits for any more. Each throws
 * Problem target-unavailable, and invalid-input for a path that cannot be an artifact.
 */
export interface Artifacts {
  /** Takes the artifact at `path` in, and answers its digest. */
  keep(path: string, signal?: AbortSignal): Promise<string>
  /** The digest that `keep` would answer. Nothing is kept. */
  digest(path: string, signal?: AbortSignal): Promise<string>
  /** What `keep` would take in. Nothing is read or kept. */
  inspect(path: string, signal?: AbortSignal): Promise<ArtifactContents>
  has(digest: string): Promise<boolean>
  /** Removes artifacts that are not in `keep`: those unused for so long, then while all take more than that, the longest unused. Answers which. */
  prune(wanted: {
    readonly keep: readonly string[]
    readonly ageMs: number
    readonly spaceBytes: number
  }): Promise<readonly string[]>
}

/** A line that a replica printed. */
export interface PrintedLine {
  /** Counts the lines of a replica. */
  readonly n: number
  readonly atMs: number
  readonly replica: string
  readonly version: string
  readonly line: string
}

export interface WantedLines {
  /** At most so many of the last lines of each replica. */
  readonly lines: number
  /** Absent: of every version that runs; where none does, of the one before. */
  readonly version?: string
}

export interface LentCopy {
  readonly id: string
  readonly folder: string
  /** Who is to run the command; null: whoever lends. */
  readonly user: { readonly uid: number; readonly gid: number } | null
}

/** Runs and removes revisions at a place. Each effect is idempotent by its fencing token and refused when late. */
export interface Target {
  /** Asks for `replicas` of a revision; resolves when asked, not when ready. @throws Problem stale-turn, target-unavailable */
  run(place: Place, spec: RevisionSpec, replicas: number, fencingToken: FencingToken): Promise<void>
  /** Every revision present at the place. @throws Problem target-unavailable */
  status(place: Place): Promise<readonly RevisionStatus[]>
  /** Drains and ends a revision. A revision that is not there is removed. @throws Problem stale-turn, target-unavailable */
  remove(place: Place, revision: string, fencingToken: FencingToken): Promise<void>
  /**
   * Digests of the present values of secrets, by name: a changed value is another revision. Nobody can tell a value from its digest.
   * @throws Problem secret-unavailable that names every one that is not opened to the service, target-unavailable
   */
  secretDigests(place: Place, names: readonly string[]): Promise<SecretDigests>
  /** One smoke test sent to a revision directly, whatever its weight. @throws Problem target-unavailable */
  smoke(place: Place, revision: string, test: SmokeTest): Promise<SmokeResult>
  /**
   * A working copy of an artifact for a command beside replicas, gone after `forMs` at the latest.
   * @throws Problem invalid-input with a hint for an artifact that is not in the store, target-unavailable
   */
  lendCopy(place: Place, artifact: string, forMs: number): Promise<LentCopy>
  /** @throws Problem target-unavailable */
  returnCopy(id: string): Promise<void>
  /** What the replicas at a place printed last. @throws Problem not-found where nothing ever ran, target-unavailable */
  logs(place: Place, wanted: WantedLines): Promise<readonly PrintedLine[]>
}
