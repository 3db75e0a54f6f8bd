/**
 * Which exits get an event. The first five have one each. Later ones have one at every doubling of their count, so that a crash loop does
 * not fill the list of events.
 */
import type { Exit, Liveness, Sides } from './liveness.ts'
import { exitsText } from './liveness.ts'

/** Until when people were notified of exits of one side, and how many exits there were. */
export interface Notified {
  readonly untilMs: number
  readonly count: number
}

export interface ExitNews {
  readonly side: 'canary' | 'stable'
  readonly atMs: number
  readonly replica: number
  /** `exit code 1, 3 times in 40 s`: all exits of this rollout. */
  readonly detail: string
  readonly count: number
}

const notifiedEach = 5

/** @param sinceMs when the rollout's traffic began: older exits are not counted */
export function exitNews(
  notified: Readonly<Partial<Record<ExitNews['side'], Notified>>>,
  sides: Sides,
  sinceMs: number,
): { readonly notified: Readonly<Partial<Record<ExitNews['side'], Notified>>>; readonly news: readonly ExitNews[] } {
  const found = (['canary', 'stable'] as const).flatMap((side) => {
    const liveness = sides[side]
    if (!liveness) return []
    const before = notified[side] ?? { untilMs: sinceMs, count: 0 }
    const own = since(liveness, before.untilMs)
    const last = own.at(-1)
    if (!last) return []
    const count = before.count + own.length
    const after: Notified = { untilMs: last.atMs, count }
    const isNews = count <= notifiedEach || Math.floor(Math.log2(count)) > Math.floor(Math.log2(Math.max(1, before.count)))
    const detail = exitsText(since(liveness, sinceMs - 1))
    return [{ after, side, news: isNews ? [{ side, atMs: last.atMs, replica: last.replica, detail, count }] : [] }]
  })
  return {
    notified: { ...notified, ...Object.fromEntries(found.map(({ side, after }) => [side, after])) },
    news: found.flatMap(({ news }) => news),
  }
}

const since = ({ exits }: Liveness, fromMs: number): readonly Exit[] => exits.filter(({ atMs }) => atMs > fromMs)
