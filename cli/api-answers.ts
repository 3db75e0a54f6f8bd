/**
 * The parts of the API's answers that the command line shows. It requires no other parts, so that an older command line still understands a
 * newer API. `--json` does not use these schemas.
 */
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import { ExplainedVerdict, Explanation } from '../schema/answers.ts'
import { AnalysisStatus, Evidence } from '../schema/evidence.ts'
import { EventOrUnknown } from '../schema/events.ts'
import { SubjectKindName, SubjectRef } from '../schema/subject.ts'

const text = z.string().nullish()
const count = z.number().nullish()

const RevisionAnswer = z.looseObject({ version: z.string(), revision: text })
const ActorAnswer = z.looseObject({ kind: text, id: z.string() })
const ReasonAnswer = z.looseObject({ code: z.string(), detail: z.string(), hint: text })
const Links = z.record(z.string(), z.unknown()).nullish()

const MoveAnswer = z.looseObject({
  weight: z.number(),
  gate: text,
  bake: z.looseObject({ minMs: z.number(), maxMs: z.number() }).nullish(),
})
export type MoveAnswer = z.infer<typeof MoveAnswer>

export const ReleaseAnswer = z.looseObject({
  kind: SubjectKindName,
  id: z.string(),
  service: z.string(),
  version: z.string(),
  state: z.string(),
  phase: text,
  environment: text,
  weightPercent: count,
  move: count,
  moves: z.array(MoveAnswer).nullish(),
  stable: RevisionAnswer.nullish(),
  canary: RevisionAnswer.nullish(),
  reason: ReasonAnswer.nullish(),
  waitsFor: text,
  legalRequests: z.array(z.string()).nullish(),
  reached: z.array(z.string()).nullish(),
  environments: z.array(z.string()).nullish(),
  outcome: text,
  /** Null when there is none, or this command line does not understand it. */
  analysis: AnalysisStatus.nullish().catch(null),
  requestedBy: ActorAnswer.nullish(),
  note: text,
  retryOf: text,
  createdAt: text,
  phaseSince: text,
  endedAt: text,
  stuck: z.boolean().nullish(),
  links: Links,
})
export type ReleaseAnswer = z.infer<typeof ReleaseAnswer>

/** A verdict of an unknown kind is shown by its name, and evidence of an unknown shape is left out. */
const VerdictAnswer = ExplainedVerdict.extend({ verdict: z.string(), evidence: Evidence.nullable().catch(null) })
export type VerdictAnswer = z.infer<typeof VerdictAnswer>

export const ExplanationAnswer = Explanation.extend({
  state: z.string(),
  reason: ReasonAnswer.nullable(),
  legalRequests: z.array(z.string()),
  verdicts: z.array(VerdictAnswer),
})

export const EventAnswer = EventOrUnknown
export type EventAnswer = EventOrUnknown

/** A reference, of which only the id is shown. */
export const IdAnswer = SubjectRef.transform(({ id }) => id)

export const StartedAnswer = z.looseObject({ id: z.string(), state: z.string(), twin: text, links: Links })
export type StartedAnswer = z.infer<typeof StartedAnswer>

export const listOf = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item), nextCursor: text })

/** @throws Problem internal when the answer is not of this API, or of a version that is too new */
export function read<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const at = parsed.error.issues[0]?.path.join('.') || 'the whole'
  throw new Problem('internal', `this command line does not understand the API's answer (${at})`, {
    hint: 'is HOLDFAST_URL really a Holdfast API, of the same version as this command line?',
  })
}
