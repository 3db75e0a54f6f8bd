/** Answers that belong to no single noun: problems, requests, plans, explanations, looks, links, health. */
import { z } from 'zod'
import { verdictKinds } from '../domain/rollout/reason.ts'
import { PositiveDuration } from './duration.ts'
import { Evidence, LookRow } from './evidence.ts'
import type { Immutable } from './immutable.ts'
import { Actor, Links, Move, Reason, ReleaseState, RequestKindName } from './release.ts'
import { SubjectKindName, SubjectRef } from './subject.ts'

export const ProblemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    hint: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457), with the remedy as a hint.' })

/** The body of a request to a release or rollback. Only `extend` uses `by`. */
export const RequestBody = z
  .strictObject({ reason: z.string().max(1_000).nullable().default(null), by: PositiveDuration.optional() })
  .meta({ id: 'RequestBody' })

export const RequestAccepted = z
  .object({
    kind: SubjectKindName,
    id: z.string(),
    request: RequestKindName,
    state: ReleaseState,
    phase: z.string(),
    links: Links,
  })
  .meta({
    id: 'RequestAccepted',
    description: 'The request was accepted and is not carried out yet; `state` and `phase` are those of that moment.',
  })

const Expected = z.object({
  /** The recent request rate of the stable version. */
  requestsPerSecond: z.number(),
  /** Null when the step will end inconclusive. */
  passMs: z.number().nullable(),
})

export const Plan = z
  .object({
    service: z.string(),
    version: z.string(),
    artifact: z.string(),
    planDigest: z.string(),
    declarationDigest: z.string(),
    alpha: z.number(),
    revert: z.object({ rule: z.string(), meaning: z.string() }),
    environments: z.array(
      z.object({
        name: z.string(),
        strategy: z.string(),
        stable: z.object({ version: z.string(), revision: z.string() }).nullable(),
        /** The version to compare with. `ifStays` is the release or rollback that must end well first; null when it is stable already. */
        baseline: z.object({ version: z.string(), revision: z.string(), ifStays: SubjectRef.nullable() }).nullable(),
        canary: z.object({ version: z.string(), revision: z.string() }),
        /** A sentence about what will happen. */
        summary: z.string(),
        waitsBehind: z.array(SubjectRef),
        waitsBehindMore: z.int().meta({ description: 'How many it waits behind besides.' }),
        steps: z.array(Move.extend({ expected: Expected.nullable() })),
        /** Watch and scale-down delay follow each other. The analysis guards the version in both. */
        watchMs: z.number(),
        scaleDownDelayMs: z.number(),
        /** Warnings for the person who releases, such as where alpha does not hold and which metrics have no data. */
        notes: z.array(z.string()),
        alphaShares: z.object({ total: z.number(), comparison: z.number(), guardrail: z.number(), sampleRatio: z.number() }),
      }),
    ),
  })
  .meta({ id: 'Plan' })
export type Plan = z.infer<typeof Plan>

export const ExplainedVerdict = z
  .object({
    environment: z.string(),
    at: z.string(),
    move: z.number(),
    verdict: z.enum(verdictKinds),
    /** The grounds of the verdict, as a sentence. */
    detail: z.string().nullable(),
    evidence: Evidence,
  })
  .meta({ id: 'ExplainedVerdict' })

export const Explanation = z
  .object({
    kind: z.literal('release'),
    id: z.string(),
    state: ReleaseState,
    /** The state of the release and its reason, as a sentence. */
    summary: z.string(),
    reason: Reason.nullable(),
    waitsFor: z.string().nullable(),
    legalRequests: z.array(RequestKindName),
    /** The newest, oldest first. */
    verdicts: z.array(ExplainedVerdict),
    verdictsMore: z.int().meta({ description: 'How many verdicts there are before those.' }),
    /** The newest requests of people, with their reasons, oldest first. */
    requests: z.array(z.object({ at: z.string(), actor: Actor, request: z.string(), reason: z.string().nullable() })),
    requestsMore: z.int().meta({ description: 'How many requests there are before those.' }),
  })
  .meta({ id: 'Explanation' })
export type Explanation = Immutable<z.infer<typeof Explanation>>

export const Look = z.object({ environment: z.string(), atMs: z.number(), row: LookRow }).meta({ id: 'Look' })
export type Look = Immutable<z.infer<typeof Look>>

export const Looks = z
  .object({
    items: z.array(Look),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Looks' })
export type Looks = Immutable<z.infer<typeof Looks>>

export const ConsoleLink = z.object({ url: z.string(), expiresAt: z.string() }).meta({ id: 'ConsoleLink' })
export const ConsoleCode = z.strictObject({ code: z.string().min(1).max(200) }).meta({ id: 'ConsoleCode' })
export const ConsoleSession = z.object({ actor: Actor, expiresAt: z.string() }).meta({ id: 'ConsoleSession' })

export const Health = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    components: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().nullable() })),
  })
  .meta({ id: 'Health' })
