/**
 * What the command line reads out of the API's answers: only what it shows, and nothing more is required, so that an older command line
 * still understands a newer API. `--json` never comes through here.
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
  /** Null where this command line does not understand it, as where there is none. */
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

/** Verdicts of kinds, and evidence of a shape, that this command line does not know are shown without it. */
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

/** What of a reference is shown: its id. */
export const IdAnswer = SubjectRef.transform(({ id }) => id)

export const StartedAnswer = z.looseObject({ id: z.string(), state: z.string(), twin: text, links: Links })
export type StartedAnswer = z.infer<typeof StartedAnswer>

export const listOf = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item), nextCursor: text })

/** @throws Problem internal when the answer is not of this API, or of one too new */
export function read<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const at = parsed.error.issues[0]?.path.join('.') || 'the whole'
  throw new Problem('internal', `the API's answer is not what this command line knows (${at})`, {
    hint: 'is HOLDFAST_URL really a Holdfast API, of the same version as this command line?',
  })
}
