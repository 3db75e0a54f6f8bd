import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Kept, Position } from '../../../domain/analysis/kept.ts'
import { beginKept, later, positioned } from '../../../domain/analysis/kept.ts'
import type { AnalysisMode } from '../../../domain/rollout.ts'
import { plan } from './scene.ts'

const bake: AnalysisMode = { kind: 'bake', minMs: 1_000, maxMs: 60_000 }
const hold: AnalysisMode = { kind: 'hold', forMs: 86_400_000 }
const watch: AnalysisMode = { kind: 'watch', forMs: 900_000 }

/** An attempt in `mode` that lasts `ms`. */
const attempt = (from: Kept, mode: AnalysisMode, ms: number, more: Partial<Position> = {}): Kept =>
  later(positioned(from, { move: 0, weight: 10, step: 3, mode, ...more }, 0), mode, ms)

describe('what is kept of an analysis', () => {
  it('counts a bake over every wait of its step, and anew at the next', () => {
    const baked = attempt(attempt(attempt(beginKept(plan), bake, 5_000), hold, 60_000), bake, 5_000)
    expect(baked.modeMs.bake).to.equal(10_000)
    expect(attempt(baked, bake, 1_000, { move: 1, weight: 50 }).modeMs.bake).to.equal(1_000)
  })

  it('lets a hold end though its worker is replaced every day, and counts the next hold anew', () => {
    const held = attempt(attempt(attempt(beginKept(plan), bake, 5_000), hold, 60_000), hold, 60_000)
    expect(held.modeMs.hold).to.equal(120_000)
    expect(attempt(attempt(held, bake, 1_000), hold, 1_000).modeMs.hold).to.equal(1_000)
  })

  it('watches anew what was held in its watch', () => {
    const held = attempt(attempt(beginKept(plan), watch, 890_000), hold, 60_000)
    expect(attempt(held, watch, 1_000).modeMs.watch).to.equal(1_000)
  })

  it('knows no dispersion before it was measured, and needs none without a baseline', () => {
    expect(beginKept(plan).analysis.dispersion).to.equal(null)
    expect(beginKept({ ...plan, stable: null }).analysis.dispersion).to.deep.equal({})
  })
})
