/** The local runtime's control socket: what goes over its Unix socket, parsed at both ends. */
import { z } from 'zod'
import { longestDurationMs } from '../../domain/bounds.ts'
import { Command, FolderName, RequestPath } from '../command.ts'
import { secretName, secretReference } from '../env-value.ts'

/** Bounded here as well: what is not a duration would end whoever waits for it. */
const Ms = z.number().min(0).max(longestDurationMs)
const SomeMs = Ms.gt(0)

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)
export const EnvironmentBody = z.strictObject({ service: Name, environment: Name })
export const FencingTokenBody = z.strictObject({ workflowId: z.string(), turn: z.int().min(0), step: z.int().min(0) })

/** Configuration of the local target as stored: durations in milliseconds. */
export const TargetConfig = z.strictObject({
  command: Command,
  cwd: FolderName,
  env: z.record(z.string(), z.union([z.string(), secretReference])),
  replicas: z.int().min(1).max(100),
  health: z.strictObject({
    path: RequestPath,
    everyMs: SomeMs,
    timeoutMs: SomeMs,
    healthyAfter: z.int().min(1),
    unhealthyAfter: z.int().min(1),
  }),
  graceMs: Ms,
  drainMs: Ms,
  restart: z.strictObject({ minMs: SomeMs, maxMs: SomeMs }),
})

/** Configuration of the local router as stored. */
export const RouterConfig = z.strictObject({
  port: z.int().min(1).max(65_535).optional(),
  timeoutMs: SomeMs,
  sticky: z.enum(['none', 'cookie']),
  edgesMs: z.array(SomeMs).max(100),
})

/** A version that is being tried beside the stable one, whose router's configuration holds: of its own it has timeout and edges. */
export const Trial = z.strictObject({ revision: z.string().min(1), router: RouterConfig })

export const OpenBody = z.strictObject({
  ref: EnvironmentBody,
  router: RouterConfig,
  /** What a version brings along for later: refused where its port cannot be had. */
  next: RouterConfig.nullable(),
  fencingToken: FencingTokenBody,
})
export const RunBody = z.strictObject({
  ref: EnvironmentBody,
  spec: z.strictObject({ revision: z.string().min(1), version: z.string(), artifact: z.string(), config: TargetConfig }),
  replicas: z.int().min(1).max(100),
  fencingToken: FencingTokenBody,
})
export const RemoveBody = z.strictObject({ ref: EnvironmentBody, revision: z.string(), fencingToken: FencingTokenBody })
export const CloseBody = z.strictObject({ ref: EnvironmentBody, fencingToken: FencingTokenBody })
export const Weights = z.record(z.string(), z.int().min(0).max(100))
export const WeightsBody = z.strictObject({
  ref: EnvironmentBody,
  weights: Weights,
  fencingToken: FencingTokenBody,
  closeStreams: z.array(z.string()),
  /** In force from these weights on; null: as it is. */
  router: RouterConfig.nullable(),
  trial: Trial.nullable(),
})
export const SmokeBody = z.strictObject({
  ref: EnvironmentBody,
  revision: z.string(),
  test: z.union([
    // With another beginning the URL would lead to another host, and the secret header with it.
    z.strictObject({ path: RequestPath, status: z.int(), withinMs: SomeMs }),
    z.strictObject({ command: Command, withinMs: SomeMs }),
  ]),
})
export const SecretsBody = z.strictObject({ ref: EnvironmentBody, names: z.array(secretName).max(100) })
/** `keep`: into the store; otherwise nothing is left of it, and with `inspect` nothing is read but names and sizes. */
export const ImportBody = z.strictObject({ path: z.string().min(1), what: z.enum(['keep', 'digest', 'inspect']).default('keep') })

/** What is effective may be a part of a percent: an unhealthy version's share falls to the others. */
export const TrafficAnswer = z.object({
  desired: Weights,
  effective: z.record(z.string(), z.number()),
  generation: z.int(),
  url: z.string(),
})
/**
 * `given` are those for environments that declare none; `held` those of an environment by its key: where it answers, for a while at a
 * former one too, and what is kept for its revert.
 */
export const PortsAnswer = z.object({
  given: z.object({ first: z.int(), last: z.int() }),
  held: z.record(z.string(), z.array(z.int())),
})
export const NothingAnswer = z.object({})
export const SecretsAnswer = z.record(z.string(), z.string())
export const SmokeAnswer = z.object({ ok: z.boolean(), detail: z.string() })
/** A working copy for a command that takes at most `forMs`, and runs as `user` where that is not the borrower. */
export const LendBody = z.strictObject({ ref: EnvironmentBody, artifact: z.string(), forMs: z.number().min(0) })
export const LentAnswer = z.object({
  id: z.string(),
  folder: z.string(),
  user: z.object({ uid: z.int().positive(), gid: z.int().positive() }).nullable(),
})
export const ReturnBody = z.strictObject({ id: z.string() })
export const ReturnAnswer = z.object({})

/** `keep` are digests that something may still be started from; what runs here is kept in any case. */
export const PruneBody = z.strictObject({
  keep: z.array(z.string()),
  ageMs: z.number().min(0),
  spaceBytes: z.number().min(0),
})
export const PruneAnswer = z.object({ removed: z.array(z.string()) })

/** What of a path becomes an artifact. */
export const ArtifactContents = z.object({
  files: z.int(),
  sizeBytes: z.number(),
  /** The first hundred of what is not part of it, with why; a folder ends in a slash. */
  leftOut: z.array(z.object({ path: z.string(), why: z.string() })),
  leftOutCount: z.int(),
  /** Of the files that are part of it, those that Git ignores. */
  gitIgnored: z.object({ files: z.int(), sizeBytes: z.number() }),
})
export type ArtifactContents = z.output<typeof ArtifactContents>
export const ImportAnswer = z.object({ digest: z.string(), contents: ArtifactContents })
export const PresentAnswer = z.object({ present: z.boolean() })
/** The end of a process that nobody asked for; see domain/analysis/liveness.ts. */
export const ExitRow = z.object({
  replica: z.int(),
  atMs: z.number(),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  lines: z.array(z.string()),
})
const RevisionAnswer = z.object({
  revision: z.string(),
  version: z.string(),
  wantedReplicas: z.int(),
  readyReplicas: z.int(),
  deadSinceMs: z.number().nullable(),
  outages: z.array(z.object({ fromMs: z.number(), untilMs: z.number() })),
  startMs: z.number().nullable(),
  exits: z.array(ExitRow),
  exitCount: z.int(),
  detail: z.string(),
  cannotStart: z.string().nullable(),
})
/** The revision that was asked to run. */
export const RunAnswer = RevisionAnswer
export const StatusAnswer = z.array(RevisionAnswer)
export const HistoryAnswer = z.array(
  z.object({
    replica: z.string(),
    startMs: z.number(),
    blockMs: z.number(),
    blocks: z.array(z.object({ requests: z.number(), errors: z.number(), clientErrors: z.number(), slow: z.array(z.number()) })),
  }),
)
/** Of answers with counters: the instance whose they are. */
export const instanceHeader = 'holdfast-runtime'
export const SetAside = z.object({ what: z.string(), why: z.string(), at: z.string(), file: z.string() })
export const InfoAnswer = z.object({
  setAside: z.array(SetAside).default([]),
  metricsUrl: z.string(),
  instance: z.string(),
  lastOutageMs: z.number().nullable(),
})
export const EffectRow = z.object({
  at: z.string(),
  ref: z.string(),
  kind: z.enum(['weights', 'started', 'ended']),
  workflowId: z.string(),
  turn: z.int(),
  step: z.int(),
  revision: z.string().optional(),
  replica: z.string().optional(),
  /** How often the replica had been started before. */
  restart: z.int().optional(),
  weights: Weights.optional(),
  /** What the weights are at since then. */
  generation: z.int().optional(),
})
export type EffectRow = z.output<typeof EffectRow>
export const LogRow = z.object({ n: z.number(), atMs: z.number(), replica: z.string(), version: z.string(), line: z.string() })
export const ProblemAnswer = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() })
