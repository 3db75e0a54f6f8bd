/** What the domain did, in numbers, summed from rows that were written with the changes themselves: equal in every replica, after every kill. */
import type { Outcome, Phase } from '../../../domain/rollout/phase.ts'
import { waitsForPerson } from '../../../domain/rollout/phase.ts'
import type { VerdictKind } from '../../../domain/rollout/rollout.ts'
import type { Database } from '../database/pool.ts'

/** Upper bounds of the histograms, in seconds: from an abort to a day of waiting. */
const spanBounds = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400] as const

export interface Span {
  /** A phase, or `reverted`: from going back to weight 0 in effect. */
  readonly phase: Phase | 'reverted'
  readonly count: number
  readonly sumSeconds: number
  /** So many took at most the bound of the same index. */
  readonly atMost: readonly number[]
}

export interface Waiting {
  readonly place: string
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
  /** Those that cannot go on without a person, and for how long. */
  readonly waiting: readonly Waiting[]
  /** Requests of users that failed because of versions on their way, beyond what the stable version would have failed. */
  readonly failedRequests: number
}

/** @throws Problem database-unavailable */
export async function readMeasures(db: Database): Promise<Measures> {
  const [open, ended, verdicts, spans, waiting, [failed]] = await Promise.all([
    db.query<{ phase: Phase; count: number }>(
      `select phase, count(*)::int as count from turn where state <> 'over' group by phase`,
    ),
    db.query<{ outcome: Outcome; count: number }>(
      'select outcome, count(*)::int as count from turn where outcome is not null group by outcome',
    ),
    db.query<{ kind: VerdictKind; count: number }>('select kind, count(*)::int as count from verdict group by kind'),
    db.query<{ phase: Phase; count: number; sum: number; at_most: number[] }>(
      `select phase, count(*)::int as count, sum(seconds) as sum,
         array[${spanBounds.map((_, i) => `count(*) filter (where seconds <= ($1::double precision[])[${i + 1}])::int`).join(', ')}] as at_most
       from phase_span group by phase`,
      [spanBounds],
    ),
    db.query<Waiting>(
      `select place, phase, extract(epoch from now() - phase_since)::double precision as seconds from turn
         where state = 'open' and phase = any($1) order by phase_since limit 1000`,
      [waitsForPerson],
    ),
    db.query<{ sum: number | null }>('select sum(estimate) as sum from failed_requests'),
  ])
  return {
    open,
    ended,
    verdicts,
    spans: spans.map(({ phase, count, sum, at_most: atMost }) => ({ phase, count, sumSeconds: sum, atMost })),
    bounds: spanBounds,
    waiting,
    failedRequests: failed?.sum ?? 0,
  }
}
