/** What the composition root gives to the API: the interfaces that it has opened. */
import type { Logger } from 'pino'
import type { Limit } from '../adapters/limit/limit.ts'
import type { Metrics } from '../adapters/metrics/metrics.ts'
import type { Accepting } from '../adapters/postgres/releases/accepting.ts'
import type { Asking } from '../adapters/postgres/rollouts/asking.ts'
import type { EventFeed } from '../adapters/postgres/events/event-feed.ts'
import type { EventReads } from '../adapters/postgres/events/event-reads.ts'
import type { Idempotency } from '../adapters/postgres/access/idempotency.ts'
import type { Keys } from '../adapters/postgres/access/keys.ts'
import type { Queues } from '../adapters/postgres/rollouts/queues.ts'
import type { ReleaseQueries } from '../adapters/postgres/releases/release-queries.ts'
import type { Services } from '../adapters/postgres/services/services.ts'
import type { Sessions } from '../adapters/postgres/access/sessions.ts'
import type { Starts } from '../adapters/postgres/releases/starts.ts'
import type { Payloads } from '../adapters/temporal/payloads.ts'
import type { Artifacts, PrintedLine, Target } from '../adapters/target/target.ts'
import type { TrustedProxies } from '../adapters/trusted-proxies.ts'
import type { Control } from '../adapters/temporal/client.ts'
import type { Traffic } from '../adapters/traffic/traffic.ts'
import type { Claims, HeldClaims } from '../adapters/provider.ts'
import type { ProviderRef } from '../domain/plan/service.ts'
import type { Fault } from '../domain/problem.ts'
import type { DeclarationSchema } from '../schema/declaration.ts'

export interface ApiDependencies {
  readonly log: Logger
  readonly services: Services
  readonly accepting: Accepting
  readonly queries: ReleaseQueries
  readonly queues: Queues
  readonly starts: Starts
  readonly asking: Asking
  readonly events: EventReads
  readonly feed: EventFeed
  readonly idempotency: Idempotency
  readonly keys: Keys
  readonly sessions: Sessions
  readonly limit: Limit
  readonly control: Control
  readonly payloads: Payloads
  /** Kinds of target that declarations may name. */
  readonly targetKinds: readonly string[]
  /** Stores of artifacts by kind of target; null where it runs images. @throws Problem invalid-input for an unknown kind */
  readonly artifacts: (kind: string) => Artifacts | null
  /** Providers by kind. @throws Problem invalid-input for an unknown kind */
  readonly target: (provider: ProviderRef) => Target
  /** The output of replicas. Readers that follow the same lines share one answer of the target. */
  readonly printed: (asked: string, read: () => Promise<readonly PrintedLine[]>) => Promise<readonly PrintedLine[]>
  /** Whether a target of this kind runs commands that its declaration names. */
  readonly namesCommands: (target: ProviderRef) => boolean
  /** Secrets that a target's declaration names. */
  readonly secretsIn: (target: ProviderRef) => readonly string[]
  /** Routers and metrics providers are opened beside the target of their environment. */
  readonly traffic: (provider: ProviderRef, target: ProviderRef) => Traffic
  readonly metrics: (provider: ProviderRef, target: ProviderRef) => Metrics
  /** The parts of a router's configuration that only one environment can have. */
  readonly claimsOf: (provider: ProviderRef) => Claims
  /** What environments have of that now, given or declared, by `service/environment`. Empty when the target does not answer. */
  readonly heldClaims: () => Promise<HeldClaims>
  /** What of a declared provider these owners may not use, by pointers below it; empty when they may use all of it. */
  readonly targetRefusal: (provider: ProviderRef, owners: readonly string[]) => readonly Fault[]
  readonly metricsRefusal: (provider: ProviderRef, owners: readonly string[]) => readonly Fault[]
  /** Why a hook may not call this address; null when it may. */
  readonly hookRefusal: (url: string) => string | null
  /** Names the environments whose state the target could not use and does not serve. Answers soon. */
  readonly setAside: () => Promise<readonly string[]>
  /** A sentence about the disk that is full; null when none is. */
  readonly fullDisk: () => Promise<string | null>
  /** @throws Problem database-unavailable */
  readonly pingDatabase: () => Promise<void>
  readonly declaration: DeclarationSchema
  readonly settings: ApiSettings
}

export interface ApiSettings {
  /** Hosts besides loopback that the API answers, as in the header `Host`. */
  readonly allowedHosts: readonly string[]
  /** Peers whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: TrustedProxies
  /** Changes that one client may make in a minute. */
  readonly rateLimit: number
  /** Whether declarations may name commands. */
  readonly allowLocalTarget: boolean
  /** The base of links to the console; empty: the address that the request was sent to. */
  readonly consoleUrl: string
  readonly consoleFolder: string
  /** Empty: no links. */
  readonly temporalUiUrl: string
  readonly temporalNamespace: string
}
