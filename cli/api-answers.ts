/**
 * The parts of the API's answers that the command line shows, as members of the API's own schemas. It requires no other parts, so that an
 * older command line still understands a newer API. A member that the API began to answer later has a default, so that a newer command line
 * understands an older API (`test/cli/api-answers.test.ts` has the members without one). `--json` does not use these schemas.
 */
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import { ExplainedVerdict, Explanation } from '../schema/answers.ts'
import { AnalysisStatus, Evidence } from '../schema/evidence.ts'
import { EventOrUnknown } from '../schema/events.ts'
import { Actor, Links, Move, Reason, Release, Started } from '../schema/release.ts'
import { SubjectKindName, SubjectRef } from '../schema/subject.ts'

const text = z.string().nullish()

/** Names of kinds grow with the API: the command line shows one that it does not know as it is. */
const ReasonAnswer = Reason.extend({ code: z.string() })
const MoveAnswer = Move.extend({ gate: z.string().nullable() })

/** Members of a release or rollback that a line of a list, or an answer of another kind, may lack. */
const Beside = Release.pick({
  service: true,
  environment: true,
  weightPercent: true,
  move: true,
  stable: true,
  canary: true,
  waitsFor: true,
  reached: true,
  environments: true,
  note: true,
  retryOf: true,
  createdAt: true,
  phaseSince: true,
  endedAt: true,
  stuck: true,
}).partial()

export const ReleaseAnswer = Beside.extend({
  ...Release.pick({ id: true, service: true, version: true }).shape,
  kind: SubjectKindName,
  state: z.string(),
  phase: text,
  moves: z.array(MoveAnswer).nullish(),
  reason: ReasonAnswer.nullish(),
  legalRequests: z.array(z.string()).nullish(),
  outcome: text,
  /** Null when there is none, or this command line does not understand it. */
  analysis: AnalysisStatus.nullish().catch(null),
  requestedBy: Actor.extend({ kind: z.string() }).nullish(),
  links: Links.partial().nullish(),
})
export type ReleaseAnswer = z.infer<typeof ReleaseAnswer>

/** A verdict of an unknown kind is shown by its name, and evidence of an unknown shape is left out. */
const VerdictAnswer = ExplainedVerdict.extend({ verdict: z.string(), evidence: Evidence.nullable().catch(null) })
export type VerdictAnswer = z.infer<typeof VerdictAnswer>

const AskedAnswer = Explanation.shape.requests.element.extend({ actor: Actor.pick({ id: true }) })

/** The counts of what is left out are newer than the lists: an older API answers all. */
export const ExplanationAnswer = Explanation.pick({ id: true, summary: true }).extend({
  state: z.string(),
  reason: ReasonAnswer.nullish(),
  waitsFor: text,
  legalRequests: z.array(z.string()).default([]),
  verdicts: z.array(VerdictAnswer).default([]),
  verdictsMore: Explanation.shape.verdictsMore.default(0),
  requests: z.array(AskedAnswer).default([]),
  requestsMore: Explanation.shape.requestsMore.default(0),
})

export const EventAnswer = EventOrUnknown
export type EventAnswer = EventOrUnknown

/** A reference, of which only the id is shown. */
export const IdAnswer = SubjectRef.pick({ id: true }).transform(({ id }) => id)

export const StartedAnswer = Started.pick({ id: true, twin: true }).extend({
  state: z.string(),
  links: Links.partial().nullish(),
})
export type StartedAnswer = z.infer<typeof StartedAnswer>

export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: text })

/** @throws Problem internal when the answer is not of this API, or of a version that is too new */
export function read<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const at = parsed.error.issues[0]?.path.join('.') || 'the whole'
  throw new Problem('internal', `this command line does not understand the API's answer (${at})`, {
    hint: 'is HOLDFAST_URL really a Holdfast API, of the same version as this command line?',
  })
}
