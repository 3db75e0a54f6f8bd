import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Snapshot, Looking } from '../../../domain/analysis/snapshot.ts'
import { firstSnapshot, isBeside, later, positioned, withVerdict } from '../../../domain/analysis/snapshot.ts'
import { logE } from '../../../domain/analysis/mixture.ts'
import { startLooking } from './scene.ts'

const bake: Looking['mode'] = { kind: 'bake', minMs: 0, maxMs: 1_000 }
const wait: Looking['mode'] = { kind: 'wait', forMs: 1_000 }
const watch: Looking['mode'] = { kind: 'watch', forMs: 1_000 }
const baking: Looking = { stepKey: '1.4', phase: 'baking', move: 0, reason: null, mode: bake, weight: 10 }
const bothBad = { code: 'both-bad', detail: '' } as const
const held: Looking = { ...baking, stepKey: '1.5', phase: 'held', reason: bothBad, mode: wait }
const shifting: Looking = { ...baking, stepKey: '1.6', phase: 'shifting', move: 1, mode: { kind: 'shift' } }

const begun = (looking: Looking = baking): Snapshot => positioned(firstSnapshot(startLooking().state()), looking, 20_000)
/** Evidence of the guardrail after both versions had only errors. */
const guarded = ({ analysis }: Snapshot) => logE(analysis.guardrail.canary)
const broken = (): Snapshot => {
  const run = startLooking()
  run.traffic(10, { canary: 20, stable: 180, canaryIs: { errors: 1 }, stableIs: { errors: 1 } })
  return withVerdict(positioned(firstSnapshot(run.state()), baking, 20_000), 'both-bad')
}

describe('the time of an analysis', () => {
  it('continues where it was after its worker is lost, also while held or watching', () => {
    for (const looking of [baking, held, { ...baking, phase: 'watching', mode: watch } as const]) {
      const snapshot = later(begun(looking), looking.mode, 600)
      expect(positioned(snapshot, looking, 90_000)).to.deep.equal(snapshot)
    }
  })

  it('stops for a bake during a pause, and starts anew for each pause and each wait', () => {
    const pausing: Looking = { ...held, phase: 'paused', reason: null }
    let snapshot = later(begun(), bake, 600)
    snapshot = later(positioned(snapshot, pausing, 0), wait, 300)
    snapshot = positioned(snapshot, { ...baking, stepKey: '1.6' }, 0)
    expect(snapshot.modeMs).to.include({ bake: 600, wait: 300 })
    expect(positioned(snapshot, { ...pausing, stepKey: '1.7' }, 0).modeMs).to.include({ bake: 600, wait: 0 })
  })

  it('is not reset when the activity is restarted to read the row', () => {
    for (const looking of [held, { ...baking, phase: 'watching', mode: watch } as const]) {
      const snapshot = later(begun(looking), looking.mode, 600)
      expect(positioned(snapshot, { ...looking, stepKey: '1.9' }, 0).modeMs[looking.mode.kind]).to.equal(600)
    }
  })

  it('starts a whole new watch after a held one', () => {
    const watching: Looking = { ...baking, phase: 'watching', weight: 100, mode: watch }
    const snapshot = positioned(later(begun(watching), watch, 900), { ...held, weight: 100 }, 0)
    expect(positioned(snapshot, { ...watching, stepKey: '1.6' }, 0).modeMs.watch).to.equal(0)
  })
})

describe('evidence that held a rollout', () => {
  it('is set aside once a person promotes or extends, and not before', () => {
    const snapshot = positioned(broken(), held, 0)
    expect(guarded(snapshot)).to.be.above(0)
    expect(guarded(positioned(snapshot, { ...held, stepKey: '1.6' }, 0))).to.be.above(0)
    expect(guarded(positioned(snapshot, shifting, 0))).to.equal(0)
    const longer: Looking = { ...held, stepKey: '1.7', reason: { code: 'max-hold', detail: '' } }
    expect(
      guarded(positioned(positioned(withVerdict(snapshot, 'over'), longer, 0), shifting, 0)),
      'after a longer wait',
    ).to.equal(0)
  })

  it('is kept when a request came at the same moment, so that the verdict was not delivered', () => {
    expect(guarded(positioned(broken(), shifting, 0)), 'a promotion').to.be.above(0)
    const paused = positioned(broken(), { ...held, phase: 'paused', reason: null }, 0)
    expect(guarded(positioned(paused, { ...baking, stepKey: '1.6' }, 0)), 'a pause').to.be.above(0)
  })
})

describe('a step of an analysis', () => {
  it('is the same for its next attempt, whatever that one is told', () => {
    const snapshot = later(begun(), bake, 600)
    expect(positioned(snapshot, { ...baking, weight: 50 }, 90_000)).to.equal(snapshot)
  })

  it('is marked where the weight or the move is another, and begins its time anew', () => {
    const snapshot = later(begun(), bake, 600)
    const next = { ...baking, stepKey: '1.6' }
    expect(positioned(snapshot, next, 90_000).analysis, 'neither').to.equal(snapshot.analysis)
    for (const change of [{ weight: 50 }, { move: 1 }]) {
      const marked = positioned(snapshot, { ...next, ...change }, 90_000)
      expect(marked.analysis, JSON.stringify(change)).to.include({ markAtMs: 90_000, weightPercent: 10, ...weightOf(change) })
      expect(marked.modeMs.bake).to.equal(0)
      expect(marked).to.include(change)
    }
  })

  it('stands beside another one in a hook and in a change of weight, whose times begin anew each', () => {
    const modes = [bake, wait, watch, { kind: 'guard' }, { kind: 'shift' }] as const
    expect(modes.filter(isBeside).map(({ kind }) => kind)).to.deep.equal(['guard', 'shift'])
    for (const mode of [{ kind: 'guard' }, { kind: 'shift' }] as const) {
      const first = later(positioned(begun(), { ...baking, stepKey: '1.5', mode }, 0), mode, 300)
      expect(positioned(first, { ...baking, stepKey: '1.6', mode }, 0).modeMs[mode.kind], mode.kind).to.equal(0)
    }
  })

  it('heeds a hold only where that was for the verdict', () => {
    const other: Looking = { ...held, reason: { code: 'hook-failed', detail: '' } }
    const snapshot = positioned(broken(), other, 0)
    expect(snapshot.verdict).to.deep.equal({ kind: 'both-bad', isHeld: false })
    expect(guarded(positioned(snapshot, shifting, 0)), 'nobody was told of it').to.be.above(0)
    expect(positioned(broken(), held, 0).verdict).to.deep.equal({ kind: 'both-bad', isHeld: true })
  })
})

const weightOf = ({ weight }: { readonly weight?: number }) => (weight === undefined ? {} : { weightPercent: weight })
