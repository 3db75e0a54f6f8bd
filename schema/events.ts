/**
 * Events by kind, as they are stored and as the wire shows them. `domain/events/event.ts` has the same union as types. The lines at the end
 * compile only while both are equal.
 */
import { z } from 'zod'
import type { Event as DomainEvent, EventKind, ShownReason, StoredEvent as DomainStoredEvent } from '../domain/events/event.ts'
import { hookMoments } from '../domain/plan/service.ts'
import { outcomes, phases } from '../domain/rollout/phase.ts'
import { verdictKinds } from '../domain/rollout/reason.ts'
import { SubjectKindName } from './subject.ts'
import type { Immutable } from './immutable.ts'
import { Actor, Reason, RequestKindName } from './release.ts'

const Unready = z.object({ service: z.string(), environment: z.string(), version: z.string() })
/** A reason as it is stored. The wire shows a hint instead of `unready`. */
const StoredReason = Reason.extend({ unready: Unready.exactOptional() })

const Where = z
  .object({
    environment: z.string(),
    workflowId: z.string(),
    token: z.number().nullable(),
    step: z.number().nullable(),
  })
  .meta({
    id: 'EventWhere',
    description:
      'The rollout or rollback that the event happened in, with the step that wrote it. Token and step are null when the writer holds no turn.',
  })

const common = {
  subjectKind: SubjectKindName,
  subject: z.string().meta({ description: 'Id of the subject, unique within its kind.' }),
  seq: z.number().meta({ description: 'Counts the events of the subject from 1.' }),
  at: z.string(),
  actor: Actor,
  where: Where.nullable().meta({ description: 'Null for an event of the whole release or rollback.' }),
}

const event = <Kind extends EventKind, Data extends z.ZodType>(kind: Kind, data: Data) =>
  z.object({ ...common, kind: z.literal(kind), data })

const Outcome = z.enum(outcomes)
const Detail = z.object({ detail: z.string() })
const HookAnswered = z.object({
  moment: z.enum(hookMoments),
  index: z.number(),
  detail: z.string(),
  required: z.boolean(),
})

/** One row per kind. @param reason as it is stored, or as the wire shows it */
function kindsOf<R extends z.ZodType<ShownReason>>(reason: R) {
  const Ended = z.object({ outcome: Outcome, reason: reason.nullable() })
  return [
    event(
      'release-accepted',
      z.object({
        version: z.string(),
        artifact: z.string(),
        planDigest: z.string(),
        environments: z.array(z.string()),
        retryOf: z.string().nullable(),
        note: z.string().nullable(),
        isAgain: z.boolean().meta({ description: 'The version was released before.' }),
        twin: z.string().nullable().meta({ description: 'A release of the same version that was in flight.' }),
      }),
    ),
    event('rollback-accepted', z.object({ version: z.string(), release: z.string(), reason: z.string().nullable() })),
    event('turn-taken', z.object({ stable: z.string().nullable(), canary: z.string() })),
    event('ready', z.object({ version: z.string(), replicas: z.number() })),
    event('restoring', z.object({ version: z.string(), detail: z.string() })),
    event('twin-reverted', z.object({ release: z.string(), outcome: Outcome, detail: z.string() })),
    event('smoke-passed', z.object({ details: z.array(z.string()) })),
    event('smoke-failed', Detail),
    event('hook-passed', HookAnswered),
    event('hook-failed', HookAnswered),
    event(
      'weight-shifted',
      z.object({
        version: z.string(),
        weight: z.number(),
        replicas: z.number().nullable(),
        to: z.string().nullable().meta({ description: 'At weight 0: the version that has all traffic again.' }),
      }),
    ),
    event('replica-exited', z.object({ version: z.string(), replica: z.number(), detail: z.string(), count: z.number() })),
    event('verdict', z.object({ verdict: z.enum(verdictKinds), detail: z.string(), weight: z.number() })),
    event('gate-reached', z.object({ weight: z.number() })),
    event('promoted-without-proof', Detail),
    event('held', reason),
    event(
      'requested',
      z.object({
        request: RequestKindName,
        reason: z.string().nullable(),
        byMs: z.number().exactOptional(),
        because: z.enum(['superseded', 'cut-short', 'cancelled']).exactOptional(),
      }),
    ),
    event('abort-requested', z.object({ reason: z.string().nullable() })),
    event('request-too-late', z.object({ request: RequestKindName, reason: z.string().nullable(), phase: z.enum(phases) })),
    event('reverting', reason),
    event('revert-failed', reason),
    event('turn-handed-over', z.object({ lost: z.string(), to: z.string() })),
    event('removed', z.object({ version: z.string() })),
    event('rollout-ended', Ended),
    event('rollback-ended', Ended),
    event('release-ended', Ended),
  ] as const
}

/** An event as the table of events has it. */
export const StoredEvent = z.discriminatedUnion('kind', kindsOf(StoredReason))

const wire = kindsOf(Reason)
// Each event gets a schema of its own, because only then OpenAPI names the kind as the discriminator.
for (const option of wire) z.globalRegistry.add(option, { id: `Event_${option.shape.kind.value}` })

export const Event = z.discriminatedUnion('kind', wire).meta({ id: 'Event', description: 'What happened, by kind.' })
export type Event = Immutable<z.infer<typeof Event>>

/** An event of a newer API: of a kind that this reader does not know, or that has changed. */
const UnknownEvent = z
  .looseObject({ seq: z.number(), kind: z.string(), at: z.string() })
  .transform(({ seq, kind, at }) => ({ kind: 'unknown' as const, name: kind, seq, at }))

/** An event as the command line and the console read it. They show an unknown event by its name. */
export const EventOrUnknown = z.union([Event, UnknownEvent])
export type EventOrUnknown = Event | z.infer<typeof UnknownEvent>

export const EventList = z.object({ items: z.array(Event), nextCursor: z.string().nullable() }).meta({ id: 'EventList' })

export const eventKinds: readonly EventKind[] = Event.options.map(({ shape }) => shape.kind.value)

type AreEqual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
true satisfies AreEqual<Immutable<z.infer<typeof StoredEvent>>, DomainStoredEvent>
true satisfies AreEqual<Event, DomainEvent>
