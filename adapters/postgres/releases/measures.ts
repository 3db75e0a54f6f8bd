/**
 * What rollouts did, in numbers, for metrics. The numbers are sums over rows that were written together with the changes, so they are equal
 * in every replica and after every kill.
 */
import { sql } from 'kysely'
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import { waitsForPerson } from '../../../domain/rollout/phase.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { Database } from '../database/database.ts'

/** Upper bounds of the histograms, in seconds: from an abort to a day of waiting. */
const spanBounds = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400] as const

export interface Span {
  /** A phase, or `reverted`: from the decision to revert to weight 0 in effect. */
  readonly phase: Phase | 'reverted'
  readonly count: number
  readonly sumSeconds: number
  /** How many took at most the bound of the same index. */
  readonly atMost: readonly number[]
}

export interface Waiting {
  readonly ref: string
  readonly phase: Phase
  readonly seconds: number
}

export interface Measures {
  /** Rollouts and rollbacks that are not over, by phase. */
  readonly open: readonly { readonly phase: Phase; readonly count: number }[]
  readonly ended: readonly { readonly outcome: Outcome; readonly count: number }[]
  readonly verdicts: readonly { readonly kind: VerdictKind; readonly count: number }[]
  readonly spans: readonly Span[]
  /** Upper bounds of what `spans` count, in seconds. */
  readonly bounds: readonly number[]
  /** Rollouts that cannot go on without a person, and for how long. */
  readonly waiting: readonly Waiting[]
  /** Requests of users that failed because of new versions, beyond those that the stable version would have failed. */
  readonly failedRequests: number
}

const count = sql<number>`count(*)::int`.as('count')
const atMost = sql.join(spanBounds.map((bound) => sql`count(*) filter (where seconds <= ${bound}::double precision)::int`))

/** @throws Problem database-unavailable */
export async function readMeasures(db: Database): Promise<Measures> {
  const [open, ended, verdicts, spans, waiting, [failed]] = await Promise.all([
    db.build.selectFrom('rollout').select(['phase', count]).where('outcome', 'is', null).groupBy('phase').execute(),
    db.build
      .selectFrom('rollout')
      .select(['outcome', count])
      .where('outcome', 'is not', null)
      .$narrowType<{ outcome: Outcome }>()
      .groupBy('outcome')
      .execute(),
    db.build.selectFrom('verdict').select(['kind', count]).groupBy('kind').execute(),
    db.build
      .selectFrom('phase_span')
      .select(['phase', count, sql<number>`sum(seconds)`.as('sumSeconds'), sql<number[]>`array[${atMost}]`.as('atMost')])
      .groupBy('phase')
      .execute(),
    db.build
      .selectFrom('turn')
      .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
      .select(['ref', 'phase', sql<number>`extract(epoch from now() - phase_since)::double precision`.as('seconds')])
      .where('state', '=', 'open')
      .where('phase', '=', sql<Phase>`any(${waitsForPerson})`)
      .orderBy('phase_since')
      .limit(1_000)
      .execute(),
    db.build.selectFrom('failed_requests').select(sql<number | null>`sum(estimate)`.as('sum')).execute(),
  ])
  return {
    open,
    ended,
    verdicts,
    spans,
    bounds: spanBounds,
    waiting,
    failedRequests: failed?.sum ?? 0,
  }
}
