/** Which exits people are told of as events: the first ones each, later ones at every doubling, so that a crash loop fills no history. */
import type { Exit, Liveness, Sides } from './liveness.ts'
import { exitsText } from './liveness.ts'

/** By side: until when exits have been told, and how many there were. */
export interface Told {
  readonly untilMs: number
  readonly count: number
}

export interface ExitNews {
  readonly side: 'canary' | 'stable'
  readonly atMs: number
  readonly replica: number
  /** `exit code 1, 3 times in 40 s`: all of this rollout's. */
  readonly detail: string
  readonly count: number
}

const toldEach = 5

/** @param sinceMs when the rollout's traffic began: older exits are none of its own */
export function exitNews(
  told: Readonly<Partial<Record<ExitNews['side'], Told>>>,
  sides: Sides,
  sinceMs: number,
): { readonly told: Readonly<Partial<Record<ExitNews['side'], Told>>>; readonly news: readonly ExitNews[] } {
  const found = (['canary', 'stable'] as const).flatMap((side) => {
    const before = told[side] ?? { untilMs: sinceMs, count: 0 }
    const own = sides[side] ? since(sides[side], before.untilMs) : []
    const last = own.at(-1)
    if (!last || !sides[side]) return []
    const count = before.count + own.length
    const after: Told = { untilMs: last.atMs, count }
    const isTold = count <= toldEach || Math.floor(Math.log2(count)) > Math.floor(Math.log2(Math.max(1, before.count)))
    const detail = exitsText(since(sides[side], sinceMs - 1))
    return [{ after, side, news: isTold ? [{ side, atMs: last.atMs, replica: last.replica, detail, count }] : [] }]
  })
  return {
    told: { ...told, ...Object.fromEntries(found.map(({ side, after }) => [side, after])) },
    news: found.flatMap(({ news }) => news),
  }
}

const since = ({ exits }: Liveness, fromMs: number): readonly Exit[] => exits.filter(({ atMs }) => atMs > fromMs)
