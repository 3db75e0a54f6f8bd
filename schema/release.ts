/**
 * A release as the wire shows it, and the request that starts one. Names of durations and sizes end in the unit; instants are ISO 8601,
 * UTC.
 */
import { z } from 'zod'
import { versionPattern } from '../domain/identity.ts'
import { isImageByDigest, longestImage } from '../domain/plan/image.ts'
import { outcomes, phases, requestKinds } from '../domain/rollout/phase.ts'
import { reasonCodes } from '../domain/rollout/reason.ts'
import { AnalysisStatus } from './evidence.ts'
import { ArtifactPath } from './artifact.ts'
import type { Immutable } from './immutable.ts'
import { SubjectKindName } from './subject.ts'

export const Version = z.string().regex(versionPattern, 'a version is 1-128 letters, digits and . _ + -').meta({
  id: 'Version',
  description: 'Label of an artifact, such as 1.4.2.',
})

export const Actor = z
  .object({ kind: z.enum(['person', 'machine', 'system']), id: z.string() })
  .meta({ id: 'Actor', description: 'The person, machine or part of Holdfast that did it.' })

export const Reason = z
  .object({ code: z.enum(reasonCodes), detail: z.string(), hint: z.string().exactOptional() })
  .meta({ id: 'Reason', description: 'Why it is held, reverted or ended, as a code for programs and a sentence for people.' })

export const Bake = z.object({ minMs: z.number(), maxMs: z.number() })

export const Move = z
  .object({ weight: z.number(), gate: z.literal('manual').nullable(), bake: Bake.nullable() })
  .meta({ id: 'Move', description: 'A weight that the strategy sets before promotion.' })

export const Links = z
  .object({ self: z.string(), events: z.string(), temporal: z.string().nullable(), console: z.string().nullable() })
  .meta({ id: 'Links' })

export const RequestKindName = z.enum(requestKinds)

export const ReleaseState = z
  .enum(['accepted', 'waiting', 'progressing', 'paused', 'held', 'watching', 'needs-operator', ...outcomes])
  .meta({ id: 'ReleaseState' })

const progress = {
  state: ReleaseState,
  /** The phase of the present rollout; null before the first and after the last. */
  phase: z.enum(phases).nullable(),
  environment: z.string().nullable(),
  weightPercent: z.number(),
  move: z.number(),
  moves: z.array(Move),
  reason: Reason.nullable(),
  /** What it waits for, as a sentence; null while it waits for nothing. */
  waitsFor: z.string().nullable(),
  /** Until when a person may decide, and what happens then; null when no person has to decide, or the wait has no limit. */
  until: z.object({ at: z.string(), next: z.string() }).nullable(),
  legalRequests: z.array(RequestKindName),
  outcome: z.enum(outcomes).nullable(),
  analysis: AnalysisStatus.nullable(),
  requestedBy: Actor,
  note: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** When the phase began. */
  phaseSince: z.string().nullable(),
  /** True when its workflow cannot run. */
  stuck: z.boolean(),
  links: Links,
}

const Shown = z.object({ version: z.string(), revision: z.string() })

export const Release = z
  .object({
    kind: z.literal('release'),
    id: z.string(),
    service: z.string(),
    version: z.string(),
    ...progress,
    stable: Shown.nullable(),
    canary: Shown,
    /** Environments that succeeded, in order. */
    reached: z.array(z.string()),
    /** All environments of the release, in order. */
    environments: z.array(z.string()),
    retryOf: z.string().nullable(),
    planDigest: z.string(),
  })
  .meta({ id: 'Release' })
export type Release = Immutable<z.infer<typeof Release>>

export const Rollback = z
  .object({
    kind: z.literal('rollback'),
    id: z.string(),
    service: z.string(),
    /** The version that is brought back. */
    version: z.string(),
    ...progress,
    /** The release whose version comes back. */
    release: z.string(),
    stable: Shown.nullable(),
    canary: Shown,
  })
  .meta({ id: 'Rollback' })
export type Rollback = Immutable<z.infer<typeof Rollback>>

/** An item of a page of either. */
export const ReleaseOrRollback = z.discriminatedUnion('kind', [Release, Rollback])

export const ReleaseList = z.object({ items: z.array(Release), nextCursor: z.string().nullable() }).meta({ id: 'ReleaseList' })

export const RollbackList = z.object({ items: z.array(Rollback), nextCursor: z.string().nullable() }).meta({ id: 'RollbackList' })

/** A release or rollback as one line of a service's history. */
export const HistoryItem = z
  .object({
    kind: SubjectKindName,
    id: z.string(),
    version: z.string(),
    /** The environment of the rollback, or the present or last one of the release. */
    environment: z.string().nullable(),
    state: ReleaseState,
    reason: Reason.nullable(),
    requestedBy: Actor,
    note: z.string().nullable(),
    createdAt: z.string(),
    endedAt: z.string().nullable(),
    links: Links,
  })
  .meta({ id: 'HistoryItem' })
export type HistoryItem = Immutable<z.infer<typeof HistoryItem>>

export const History = z
  .object({ items: z.array(HistoryItem), nextCursor: z.string().nullable() })
  .meta({ id: 'History', description: 'Releases and rollbacks in one list, newest first.' })

/** The answer to a start, with 202. It does not wait for Temporal. */
export const Started = z
  .object({
    kind: SubjectKindName,
    id: z.string(),
    state: ReleaseState,
    twin: z.string().optional().meta({
      description:
        'A release of the same version that is in flight. If it is reverted, this one waits for a person before it starts.',
    }),
    links: Links,
  })
  .meta({ id: 'Started', description: 'The release or rollback is accepted. Its events are at `links.events`.' })
export type Started = z.infer<typeof Started>

const ImageByDigest = z
  .string()
  .max(longestImage)
  .refine(
    isImageByDigest,
    'an image is name@sha256:<64 hex>: a tag may be moved, so a release would not know what it brings back',
  )

const artifactDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest is sha256:<64 hex>')

export const ArtifactRequest = z
  .union([
    z.strictObject({ path: ArtifactPath, digest: artifactDigest.optional() }),
    z.strictObject({ ref: artifactDigest, digest: artifactDigest.optional() }),
    z.strictObject({ image: ImageByDigest }),
  ])
  .meta({
    id: 'ArtifactRequest',
    description:
      'A path on the machine of the target, or the digest of a stored artifact: the request is refused when the content has another `digest`. A target `kubernetes` takes an image by its digest.',
  })

export const ReleaseRequest = z
  .strictObject({
    version: Version,
    artifact: ArtifactRequest,
    /** The last environment of the release. */
    until: z.string().optional(),
    /** Ends the watch of an older release instead of waiting for it. */
    now: z.boolean().default(false),
    note: z.string().max(1_000).nullable().default(null),
  })
  .meta({ id: 'ReleaseRequest' })
export type ReleaseRequest = z.infer<typeof ReleaseRequest>

export const RetryRequest = z.strictObject({ note: z.string().max(1_000).nullable().default(null) }).meta({ id: 'RetryRequest' })

export const RollbackRequest = z
  .strictObject({ version: Version.optional(), reason: z.string().max(1_000).nullable().default(null) })
  .meta({ id: 'RollbackRequest' })
