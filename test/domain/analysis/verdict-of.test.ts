import { expect } from 'chai'
import { describe, it } from 'mocha'
import { beginAnalysis, blind, mark } from '../../../domain/analysis/analysis.ts'
import type { Exit, Liveness, Sides } from '../../../domain/analysis/liveness.ts'
import { verdictOf } from '../../../domain/analysis/verdict-of.ts'
import { evenly, plan, startLooking } from './scene.ts'

const bake = { kind: 'bake', minMs: 0, maxMs: 600_000 } as const
const alive: Liveness = { deadSinceMs: null, outages: [], startMs: 300, exits: [], exitCount: 0 }
const exit = (seconds: number, lines: readonly string[]): Exit => ({
  replica: 0,
  atMs: seconds * 1_000,
  code: 1,
  signal: null,
  lines,
})
const crashing: Sides = {
  canary: {
    ...alive,
    exits: [exit(2, ['first']), exit(22, ['listening', 'Error: no heap left']), exit(42, [])],
    exitCount: 3,
  },
  stable: alive,
}

const begun = mark(beginAnalysis(plan, evenly(plan)), 0, 10)
const now = { nowMs: 42_000, inModeMs: 42_000 }

describe('a verdict on replicas', () => {
  it('needs no counters: three exits are a fail without any request, with the exits and the last output', () => {
    const reached = verdictOf(plan, begun, bake, now, crashing)
    expect(reached).to.include({ kind: 'fail', detail: 'exit code 1, 3 times in 40 s' })
    expect(reached?.evidence.replicas?.canary).to.deep.equal({
      exits: 3,
      how: 'exit code 1, 3 times in 40 s',
      lastAtMs: 42_000,
      lines: ['listening', 'Error: no heap left'],
      deadSinceMs: null,
    })
  })

  it('takes precedence over the counters, and over a provider without data', () => {
    const run = startLooking()
    run.traffic(60, { canary: 20, stable: 180 })
    const later = { nowMs: run.atMs(), inModeMs: 600_000 }
    const dead: Sides = { canary: { ...alive, deadSinceMs: run.atMs() - 6_000 }, stable: alive }
    expect(verdictOf(plan, run.state(), bake, later, { canary: alive, stable: alive })?.kind).to.equal('pass')
    expect(verdictOf(plan, run.state(), bake, later, dead)).to.include({ kind: 'dead', detail: 'no healthy replica for 6 s' })
    expect(verdictOf(plan, blind(begun, 0), bake, now, crashing)?.kind).to.equal('fail')
  })

  it("does not exist when the target does not answer, and otherwise is part of every other verdict's evidence", () => {
    expect(verdictOf(plan, begun, bake, now, null)).to.equal(null)
    const over = verdictOf(plan, begun, { kind: 'watch', forMs: 1_000 }, now, { canary: alive, stable: crashing.canary })
    expect(over?.kind).to.equal('over')
    expect(over?.evidence.replicas?.stable).to.include({ exits: 3, how: 'exit code 1, 3 times in 40 s' })
  })
})
