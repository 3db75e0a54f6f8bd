/**
 * Every event by kind, as a closed union. A writer can write only a member of it, and `schema/events.ts` parses what is read. A new kind is
 * a member here, a schema there and a sentence in sentence.ts; the compiler names what is missing.
 */
import type { Actor } from '../actor.ts'
import type { HookMoment } from '../plan/service.ts'
import type { Outcome, Phase, Request, RequestKind } from '../rollout/phase.ts'
import type { Reason, VerdictKind } from '../rollout/reason.ts'
import type { SubjectKind } from '../subject.ts'

/** A reason on the wire. A stored reason may also name the version that did not get ready. */
export type ShownReason = Omit<Reason, 'unready'>

/** The data of the events that the steps of a rollout write, each in its environment. */
interface StepData<R extends ShownReason> {
  'turn-taken': { readonly stable: string | null; readonly canary: string }
  ready: { readonly version: string; readonly replicas: number }
  restoring: { readonly version: string; readonly detail: string }
  'twin-reverted': { readonly release: string; readonly outcome: Outcome; readonly detail: string }
  'smoke-passed': { readonly details: readonly string[] }
  'smoke-failed': { readonly detail: string }
  'hook-passed': HookAnswered
  'hook-failed': HookAnswered
  /** At weight 0, `to` is the version that has all traffic again. Null where nothing was stable. */
  'weight-shifted': {
    readonly version: string
    readonly weight: number
    readonly replicas: number | null
    readonly to: string | null
  }
  'replica-exited': { readonly version: string; readonly replica: number; readonly detail: string; readonly count: number }
  verdict: { readonly verdict: VerdictKind; readonly detail: string; readonly weight: number }
  'gate-reached': { readonly weight: number }
  'promoted-without-proof': { readonly detail: string }
  held: R
  requested: Pick<Request, 'reason' | 'byMs' | 'because'> & { readonly request: RequestKind }
  'request-too-late': { readonly request: RequestKind; readonly reason: string | null; readonly phase: Phase }
  reverting: R
  'revert-failed': R
  /** Versions, separated by commas. */
  removed: { readonly version: string }
  'rollout-ended': Ended<R>
  'rollback-ended': Ended<R>
}

/** Events of the whole release, and events of a rollout whose writer does not hold its turn. */
interface OwnData<R extends ShownReason> {
  'release-accepted': {
    readonly version: string
    readonly artifact: string
    readonly planDigest: string
    readonly environments: readonly string[]
    readonly retryOf: string | null
    readonly note: string | null
    /** The version was released before. */
    readonly isAgain: boolean
    /** A release of the same version that was in flight. */
    readonly twin: string | null
  }
  'rollback-accepted': { readonly version: string; readonly release: string; readonly reason: string | null }
  'abort-requested': { readonly reason: string | null }
  /** Workflow ids: the lost one, and the rollback that recovers its traffic. */
  'turn-handed-over': { readonly lost: string; readonly to: string }
  'release-ended': Ended<R>
}

interface HookAnswered {
  readonly moment: HookMoment
  readonly index: number
  readonly detail: string
  readonly required: boolean
}

interface Ended<R extends ShownReason> {
  readonly outcome: Outcome
  readonly reason: R | null
}

type Members<Data> = { readonly [Kind in keyof Data]: { readonly kind: Kind; readonly data: Data[Kind] } }[keyof Data]

/** What a step writes. The drafts of a rollout are some of these. */
export type StepEvent = Members<StepData<Reason>>
type EventContent<R extends ShownReason> = Members<StepData<R>> | Members<OwnData<R>>
export type EventKind = EventContent<ShownReason>['kind']

/** The rollout or rollback that an event belongs to. Token and step are null where the writer holds no turn. */
export interface EventWhere {
  readonly environment: string
  readonly workflowId: string
  readonly token: number | null
  readonly step: number | null
}

interface Common {
  /** Null for an event of the whole release. */
  readonly where: EventWhere | null
  readonly actor: Actor
}

/** An event to be written. */
export type NewEvent = EventContent<Reason> &
  Common & {
    /** A second write with this key writes nothing, so that each event is written once. */
    readonly key: string
    readonly at: Date
  }

interface Numbered<Kind extends string> extends Common {
  /** The kind of the subject, because ids are unique within a kind only. */
  readonly subjectKind: Kind
  readonly subject: string
  /** Counts the events of the subject from 1. */
  readonly seq: number
  readonly at: string
}

/** One event as it is written: the table takes subjects of any kind. */
export type WrittenEvent = EventContent<Reason> & Numbered<string>
/** One event as it is read, of a kind of subject that is shown. */
export type StoredEvent = EventContent<Reason> & Numbered<SubjectKind>
/** One event as the wire shows it. */
export type Event = EventContent<ShownReason> & Numbered<SubjectKind>
export type EventData<Kind extends EventKind> = Extract<Event, { kind: Kind }>['data']
