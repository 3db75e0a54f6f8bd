/** Services and environments as the wire shows them. */
import { z } from 'zod'
import type { Immutable } from './immutable.ts'
import { Reason, ReleaseState } from './release.ts'
import { SubjectKindName, SubjectRef } from './subject.ts'

const Weights = z.record(z.string(), z.number()).meta({ description: 'Whole percents by revision.' })

export const EnvironmentView = z
  .object({
    name: z.string(),
    service: z.string(),
    after: z.array(z.string()),
    strategy: z.string(),
    stable: z
      .object({ version: z.string(), revision: z.string(), release: z.string().nullable(), since: z.string().nullable() })
      .nullable(),
    /** The last rollout or rollback that has ended here. Where no version is stable, its reason says why. */
    last: z
      .object({
        subjectKind: SubjectKindName,
        id: z.string(),
        kind: z.enum(['rollout', 'rollback']),
        version: z.string(),
        outcome: z.string(),
        reason: Reason.nullable(),
        endedAt: z.string().nullable(),
      })
      .nullable(),
    /** The holder of the turn first, then the first of those that wait, in order. */
    queue: z.array(
      z.object({
        subjectKind: SubjectKindName,
        id: z.string(),
        kind: z.enum(['rollout', 'rollback']),
        version: z.string(),
        state: ReleaseState,
        phase: z.string(),
        weightPercent: z.number(),
      }),
    ),
    queueMore: z.int().meta({ description: 'How many wait behind those.' }),
    /** Null while the data plane does not answer. */
    traffic: z
      .object({
        url: z.string(),
        desired: Weights,
        effective: Weights,
        generation: z.number(),
        versions: z.record(z.string(), z.string()).meta({ description: 'Versions by revision, as far as known.' }),
        foreign: z.string().nullable().meta({
          description:
            'Who else changed the split, or what keeps the router from it, in a sentence; null for nobody and nothing.',
        }),
      })
      .nullable(),
    /** All revisions that run there, with or without traffic; null while the target does not answer. */
    replicas: z
      .array(
        z.object({
          revision: z.string(),
          version: z.string(),
          wanted: z.number(),
          ready: z.number(),
          detail: z.string().meta({ description: 'The last health answer or exit.' }),
          exits: z.number().meta({ description: 'How often a replica that had been ready ended by itself.' }),
          lastExit: z.object({ how: z.string(), at: z.string() }).nullable(),
        }),
      )
      .nullable(),
  })
  .meta({ id: 'Environment' })
export type EnvironmentView = Immutable<z.infer<typeof EnvironmentView>>

/** An environment with the parts that are too slow for a list. */
export const EnvironmentDetail = EnvironmentView.extend({
  requestsPerSecond: z
    .number()
    .nullable()
    .meta({ description: 'Request rate of the stable version in the last ten minutes; null when it is not known.' }),
}).meta({ id: 'EnvironmentDetail' })

export const ServiceView = z
  .object({
    name: z.string(),
    owners: z.array(z.string()),
    environments: z.array(EnvironmentView),
    declarationDigest: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Service' })

/** A service with its parsed declaration: durations in milliseconds, every default filled in. */
export const ServiceDetail = ServiceView.extend({ declaration: z.unknown() }).meta({ id: 'ServiceDetail' })

export const ServiceList = z
  .object({ items: z.array(ServiceView), nextCursor: z.string().nullable() })
  .meta({ id: 'ServiceList' })

export const Applied = z
  .object({
    name: z.string(),
    declarationDigest: z.string(),
    environments: z.array(z.string()),
    /** Releases in flight, which keep the declaration that they were accepted with. */
    keepOld: z.array(z.string()),
    keepOldMore: z.int().meta({ description: 'How many there are besides.' }),
    /** True when nothing was changed. */
    dryRun: z.boolean(),
    changes: z.array(z.object({ at: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })).meta({
      description: 'Differences between the parsed declarations before and after, for example environments.production.watchMs.',
    }),
    changesMore: z.int().meta({ description: 'How many changes there are besides.' }),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'Applied' })

export const Stopping = z
  .object({
    name: z.string(),
    state: z.literal('stopping'),
    inFlight: z.array(SubjectRef),
    inFlightMore: z.int().meta({ description: 'How many are in flight besides.' }),
  })
  .meta({ id: 'Stopping', description: 'What is in flight is reverted first; repeat the request once it has ended.' })

export const LogLine = z
  .object({
    at: z.string().meta({ description: 'When the line arrived.' }),
    replica: z.string(),
    version: z.string(),
    line: z.string(),
  })
  .meta({ id: 'LogLine' })

export type LogLine = z.infer<typeof LogLine>

/** The last lines of the replicas, at most 1,000. There are no further pages. */
export const LogLines = z.object({ items: z.array(LogLine), nextCursor: z.null() }).meta({ id: 'LogLines' })
