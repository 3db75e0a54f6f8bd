/** The interface to targets, which run a service's versions. It names no vendor; index.ts lists the providers. */
import type { Liveness } from '../../domain/analysis/liveness.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import type { SecretDigests } from '../../domain/plan/secret.ts'
import type { SmokeTest } from '../../domain/plan/service.ts'
import type { Provider, ProviderSettings } from '../provider.ts'

/** One runnable revision. Weights, counters and processes are keyed by it. */
export interface RevisionSpec {
  readonly revision: string
  /** The label that people read. */
  readonly version: string
  /** Digest of the artifact in the target's store, `sha256:<hex>`, or an image by digest, `name@sha256:<hex>`. */
  readonly artifact: string
  /** The declaration's target configuration, parsed by the provider's own schema. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * A revision's replicas now. The analysis judges exits, outages and start times, so they must be facts: an end that the target caused
 * itself is none of them, and the target's own restart forgets none.
 */
export interface RevisionStatus extends Liveness {
  readonly revision: string
  readonly version: string
  readonly wantedReplicas: number
  readonly readyReplicas: number
  /** The last health answer or exit, for people. */
  readonly detail: string
  /** Why it will never become ready: it cannot be executed, or keeps exiting before it listens. Null when it may still become ready. */
  readonly cannotStart: string | null
}

export interface SmokeResult {
  readonly ok: boolean
  readonly detail: string
}

/** A target provider also says whether its declarations name commands, which the operator must allow. */
export interface TargetProvider extends Provider<Target> {
  readonly namesCommands: boolean
  /**
   * What a release brings: the files at a path, or an image by its digest. Commands of smoke tests and hooks run in a copy of the files,
   * so a target of images has none.
   */
  readonly runs: 'files' | 'images'
  /** The kinds of router and of metrics provider that an environment with this target has where it declares none; null: it must declare one. */
  readonly beside: { readonly traffic: string; readonly metrics: string | null }
  /** Names of the secrets that a configuration refers to. */
  secretsIn(config: Readonly<Record<string, unknown>>): readonly string[]
  /** The store that targets of this kind run files from, whatever their configuration. A target of images has a registry instead. */
  artifacts?(settings: ProviderSettings): Artifacts
  /**
   * Opens a question: which state could this target not use, so that it does not serve it? The answer names environments, and comes soon.
   */
  settingAside?(settings: ProviderSettings): () => Promise<readonly string[]>
}

/** What a path contributes to an artifact, by names and sizes, and the first hundred entries that are left out. */
export interface ArtifactContents {
  readonly files: number
  readonly sizeBytes: number
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
  readonly leftOutCount: number
  /** The files of the artifact that Git ignores. */
  readonly gitIgnored: { readonly files: number; readonly sizeBytes: number }
}

/**
 * A store of artifacts by digest. Paths are those of the target's machine. A `signal` ends work when its caller has left. Each method
 * throws Problem target-unavailable, and invalid-input for a path that cannot be an artifact.
 */
export interface Artifacts {
  /** Stores the artifact at `path`, and returns its digest. */
  keep(path: string, signal?: AbortSignal): Promise<string>
  /** The digest that `keep` would return. Nothing is stored. */
  digest(path: string, signal?: AbortSignal): Promise<string>
  /** The contents that `keep` would store. Nothing is read or stored. */
  inspect(path: string, signal?: AbortSignal): Promise<ArtifactContents>
  has(digest: string): Promise<boolean>
  /**
   * Removes artifacts that are not in `keep`: those unused for too long, then the longest unused ones while all together take too much
   * space. Answers which.
   */
  prune(wanted: {
    readonly keep: readonly string[]
    readonly ageMs: number
    readonly spaceBytes: number
  }): Promise<readonly string[]>
}

/** A line that a replica printed. */
export interface PrintedLine {
  /** The number of the line, which rises within a replica. */
  readonly n: number
  readonly atMs: number
  readonly replica: string
  readonly version: string
  readonly line: string
}

export interface WantedLines {
  /** The most lines, taken from the end of each replica's output. */
  readonly lines: number
  /** Absent: lines of every version that runs, or of the last one if none runs. */
  readonly version?: string
}

export interface LentCopy {
  readonly id: string
  readonly folder: string
  /** The user that the command must run as; null: the user of the target. */
  readonly user: { readonly uid: number; readonly gid: number } | null
}

/** Runs and removes revisions in an environment. Each effect is idempotent by its fencing token and refused when late. */
export interface Target {
  /**
   * Asks for `replicas` of a revision. Resolves when asked, not when ready, with the replicas as they are now.
   * @throws Problem stale-token, target-unavailable
   */
  run(ref: EnvironmentRef, spec: RevisionSpec, replicas: number, fencingToken: FencingToken): Promise<RevisionStatus>
  /** Every revision present at the environment. @throws Problem target-unavailable */
  status(ref: EnvironmentRef): Promise<readonly RevisionStatus[]>
  /** Drains and ends a revision. A revision that does not exist counts as removed. @throws Problem stale-token, target-unavailable */
  remove(ref: EnvironmentRef, revision: string, fencingToken: FencingToken): Promise<void>
  /**
   * Digests of the present values of secrets, by name. A changed value makes another revision. A digest does not reveal its value.
   * @throws Problem secret-unavailable that names every secret that the service may not read, target-unavailable
   */
  secretDigests(ref: EnvironmentRef, names: readonly string[]): Promise<SecretDigests>
  /** Sends one smoke test to a revision directly, whatever its weight. @throws Problem target-unavailable */
  smoke(ref: EnvironmentRef, revision: string, test: SmokeTest): Promise<SmokeResult>
  /**
   * Lends a working copy of an artifact to a command, for `forMs` at most.
   * @throws Problem invalid-input with a hint for an artifact that is not in the store, target-unavailable
   */
  lendCopy(ref: EnvironmentRef, artifact: string, forMs: number): Promise<LentCopy>
  /** @throws Problem target-unavailable */
  returnCopy(id: string): Promise<void>
  /** The last output of the replicas at an environment. @throws Problem not-found when nothing ever ran there, target-unavailable */
  logs(ref: EnvironmentRef, wanted: WantedLines): Promise<readonly PrintedLine[]>
}
