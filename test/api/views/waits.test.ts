import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { TurnRow } from '../../../adapters/postgres/releases/subject-rows.ts'
import { waitsFor } from '../../../api/views/waits.ts'

const began = new Date('2026-01-01T10:00:00Z')
const looked = new Date('2026-01-01T11:00:00Z')

/** A turn whose watch takes 15 min, with 30 s during which the old version stays warm. */
const watched = (more: object): TurnRow =>
  ({
    state: 'open',
    phase: 'watching',
    phaseSince: began,
    weight: 100,
    analysis: null,
    lookedAt: null,
    plan: { canary: { version: '1.1.0' }, watchMs: 900_000, strategy: { scaleDownDelayMs: 30_000 } },
    ...more,
  }) as unknown as TurnRow

describe('what a release in its watch waits for', () => {
  it('is the end of the watch, with its time and what follows', () => {
    const said = (more: object, blindMs: number | null = null) => waitsFor(watched(more), true, blindMs)
    expect(said({}), 'nobody has looked yet').to.equal('the end of the watch, 2026-01-01 10:15:30 UTC; then 1.1.0 is stable')
    // Extended by a request, with a third of it over at the last look. A watch makes no progress without looks.
    const analysis = { mode: { kind: 'watch', forMs: 990_000 }, inModeMs: 330_000 }
    const late = 'the end of the watch, 2026-01-01 11:11:00 UTC; then 1.1.0 is stable'
    expect(said({ analysis, lookedAt: looked })).to.equal(late)
    const before = { mode: { kind: 'bake' }, inModeMs: 40_000 }
    expect(said({ analysis: before, lookedAt: new Date(began.getTime() - 1) }), 'a look at the bake').to.include('10:15:30')
    expect(said({}, 20_000)).to.equal('an analysis worker: none has looked at it for 20 s')
  })
})
