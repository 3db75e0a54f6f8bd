/** The messages of the local runtime's control socket, parsed at both ends. */
import { z } from 'zod'
import { longestDurationMs } from '../../domain/bounds.ts'
import { Command, FolderName, RequestPath } from '../command.ts'
import { secretName, secretReference } from '../env-value.ts'

/**
 * The number of the form of everything below. A runtime outlives the process that started it, so a client may meet one of another
 * version. A change of a form needs the next number and its row in test/adapters/local-runtime/protocol.test.ts.
 */
export const runtimeProtocol = 1
/** The header of every answer that names the runtime's protocol. Runtimes from before there was a number lack it. */
export const protocolHeader = 'holdfast-runtime-protocol'
/** What every runtime answers, of whichever protocol. */
export const infoPath = '/info'
/**
 * The path of a call on the wire. A runtime of another protocol has no such path, so it refuses the call before any effect, and no call
 * needs a question of its own beforehand.
 */
export const pathOf = (path: string): string => `/protocol-${runtimeProtocol}${path}`

/** Bounded here too, because Node fires a longer timer at once. */
const Ms = z.number().min(0).max(longestDurationMs)
const SomeMs = Ms.gt(0)

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)
export const EnvironmentBody = z.strictObject({ service: Name, environment: Name })
export const FencingTokenBody = z.strictObject({ workflowId: z.string(), token: z.int().min(0), step: z.int().min(0) })

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

/** A canary. The stable version's router applies; the canary has only a timeout and latency edges of its own. */
export const Trial = z.strictObject({ revision: z.string().min(1), router: RouterConfig })

export const OpenBody = z.strictObject({
  ref: EnvironmentBody,
  router: RouterConfig,
  /** The router that a version will need at its promotion; refused when its port is taken. */
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
  /** The router from these weights on; null leaves it unchanged. */
  router: RouterConfig.nullable(),
  trial: Trial.nullable(),
})
export const SmokeBody = z.strictObject({
  ref: EnvironmentBody,
  revision: z.string(),
  test: z.union([
    // A path without the leading slash could lead to another host, which would get the secret header.
    z.strictObject({ path: RequestPath, status: z.int(), withinMs: SomeMs }),
    z.strictObject({ command: Command, withinMs: SomeMs }),
  ]),
})
export const SecretsBody = z.strictObject({ ref: EnvironmentBody, names: z.array(secretName).max(100) })
/** `keep` stores the artifact. `digest` only reads it. `inspect` reads only names and sizes. */
export const ImportBody = z.strictObject({ path: z.string().min(1), what: z.enum(['keep', 'digest', 'inspect']).default('keep') })

/** Effective weights may be fractions, because an unhealthy version's share goes to the others. */
export const TrafficAnswer = z.object({
  desired: Weights,
  effective: z.record(z.string(), z.number()),
  generation: z.int(),
  url: z.string(),
})
/**
 * `given` is the range for environments that declare no port. `held` has the ports of each environment by its key: those where it answers,
 * which may include a former one, and those that are kept for its revert.
 */
export const PortsAnswer = z.object({
  given: z.object({ first: z.int(), last: z.int() }),
  held: z.record(z.string(), z.array(z.int())),
})
export const NothingAnswer = z.object({})
export const SecretsAnswer = z.record(z.string(), z.string())
export const SmokeAnswer = z.object({ ok: z.boolean(), detail: z.string() })
/** A working copy for a command that takes at most `forMs`. */
export const LendBody = z.strictObject({ ref: EnvironmentBody, artifact: z.string(), forMs: z.number().min(0) })
export const LentAnswer = z.object({
  id: z.string(),
  folder: z.string(),
  user: z.object({ uid: z.int().positive(), gid: z.int().positive() }).nullable(),
})
export const ReturnBody = z.strictObject({ id: z.string() })
export const ReturnAnswer = z.object({})

/** `keep` has the digests that a release or rollback may still need. Artifacts that run here are kept in any case. */
export const PruneBody = z.strictObject({
  keep: z.array(z.string()),
  ageMs: z.number().min(0),
  spaceBytes: z.number().min(0),
})
export const PruneAnswer = z.object({ removed: z.array(z.string()) })

/** The files of a path that become the artifact. */
export const ArtifactContents = z.object({
  files: z.int(),
  sizeBytes: z.number(),
  /** The first hundred entries that are left out, each with the reason. A folder ends in a slash. */
  leftOut: z.array(z.object({ path: z.string(), why: z.string() })),
  leftOutCount: z.int(),
  /** The files of the artifact that Git ignores. */
  gitIgnored: z.object({ files: z.int(), sizeBytes: z.number() }),
})
export type ArtifactContents = z.output<typeof ArtifactContents>
export const ImportAnswer = z.object({ digest: z.string(), contents: ArtifactContents })
export const PresentAnswer = z.object({ present: z.boolean() })
/** An unexpected end of a process; see domain/analysis/liveness.ts. */
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
/** The header of an answer with counters that names the instance of the runtime. */
export const instanceHeader = 'holdfast-runtime'
export const SetAside = z.object({ what: z.string(), why: z.string(), at: z.string(), file: z.string() })
/** The part of `InfoAnswer` that keeps its form in every protocol. */
export const AnyInfo = z.object({
  /** Zero: from before there was a number. */
  protocol: z.int().default(0),
  /** Environments in which a revision runs. Null: not known. */
  services: z.int().nullable().default(null),
})
export type AnyInfo = z.output<typeof AnyInfo>
export const InfoAnswer = AnyInfo.extend({
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
  token: z.int(),
  step: z.int(),
  revision: z.string().optional(),
  replica: z.string().optional(),
  /** How often the replica was started before. */
  restart: z.int().optional(),
  weights: Weights.optional(),
  /** The generation that the change of weights made. */
  generation: z.int().optional(),
})
export type EffectRow = z.output<typeof EffectRow>
export const LogRow = z.object({ n: z.number(), atMs: z.number(), replica: z.string(), version: z.string(), line: z.string() })
export const ProblemAnswer = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() })
