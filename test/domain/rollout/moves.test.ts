import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { movesAtBegin, movesOf } from '../../../domain/rollout/moves.ts'
import { splitOf } from '../../../domain/plan/split.ts'
import type { Availability } from '../../../domain/plan/service.ts'
import { beginRollout } from '../../../domain/rollout/rollout.ts'
import { enterMove } from '../../../domain/rollout/transition.ts'
import { planOf, stable } from './rollout-machine.ts'

const weightsOf = (availability: Availability, replicas: number): readonly number[] => {
  const strategy = { kind: 'rolling', availability, progressDeadlineMs: 1, scaleDownDelayMs: 0 } as const
  return [...movesOf(planOf({ strategy }), true, replicas).map(({ weight }) => weight), 100]
}

const byRequests = splitOf({ config: {} })

const availabilities = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((count): Availability => ({ count })),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share): Availability => ({ share })),
)

describe('the moves of a rolling release', () => {
  it('are batches of the replicas that `availability` does not need', () => {
    expect(weightsOf({ count: 2 }, 3)).to.deep.equal([33, 66, 100])
    expect(weightsOf({ share: 0.5 }, 4)).to.deep.equal([50, 100])
    expect(weightsOf({ share: 0.55 }, 20), '0.55 x 20 is over 11').to.deep.equal([45, 90, 100])
    expect(weightsOf({ count: 0 }, 4)).to.deep.equal([100])
    expect(weightsOf({ count: 1 }, 1)).to.deep.equal([100])
  })

  it('never take more traffic at a time than the share of one batch, and always reach 100 %', () => {
    fc.assert(
      fc.property(availabilities, fc.integer({ min: 1, max: 24 }), (availability, replicas) => {
        const kept = 'count' in availability ? availability.count : Math.ceil(Number((availability.share * replicas).toFixed(6)))
        const batch = Math.max(1, replicas - kept)
        const weights = weightsOf(availability, replicas)
        weights.forEach((weight, i) => {
          const moved = weight - (weights[i - 1] ?? 0)
          expect(moved).to.be.greaterThan(0)
          // Weights are whole percents.
          expect(moved).to.be.lessThan((100 * batch) / replicas + 1)
          // As few replicas as can carry it, exactly: in floating point, 0.55 x 20 is over 11.
          expect(100 * byRequests.canaryReplicas(weight, replicas)).to.be.within(
            weight * replicas,
            Math.max(100, weight * replicas + 99),
          )
        })
      }),
    )
  })
})

describe('the moves of a rolling release where replicas split the traffic', () => {
  it('end at half of the traffic: from there the canary has as many replicas as the stable version, and takes all of it', () => {
    const strategy = { kind: 'rolling', availability: { count: 3 }, progressDeadlineMs: 1, scaleDownDelayMs: 0 } as const
    const plan = planOf({ strategy })
    const split = { ...plan, canary: { ...plan.canary, traffic: { kind: 'any', config: { split: 'replicas' } } } }
    expect(movesOf(plan, true, 4).map(({ weight }) => weight)).to.deep.equal([25, 50, 75])
    expect(movesOf(split, true, 4).map(({ weight }) => weight)).to.deep.equal([25, 50])
  })
})

describe('the moves of a release that goes straight to promotion', () => {
  it('are none: for a first one, a rollback, and one without gate or steps', () => {
    const straight = { kind: 'blue-green', gate: null, progressDeadlineMs: 1, scaleDownDelayMs: 0 } as const
    expect(movesOf(planOf(), false, 4)).to.deep.equal([])
    expect(movesOf(planOf({ kind: 'rollback' }), true, 4)).to.deep.equal([])
    expect(movesOf(planOf({ strategy: straight }), true, 4)).to.deep.equal([])
  })

  it('are only a gate before any traffic, where one is declared', () => {
    const gated = { kind: 'blue-green', gate: 'manual', progressDeadlineMs: 1, scaleDownDelayMs: 0 } as const
    expect(movesOf(planOf({ strategy: gated }), true, 4)).to.deep.equal([{ weight: 0, bake: null, gate: 'manual' }])
  })

  const other = { revision: 'r-other' }
  const rows = [
    ['none for a first release', planOf(), null, []],
    ['those of its strategy where another revision is stable', planOf(), other, [10, 50]],
    ['none where its revision is stable already', planOf({ canary: stable }), stable, []],
    ['none for a rollback to what is stable already', planOf({ kind: 'rollback', canary: stable }), stable, []],
    ['none for a rollback', planOf({ kind: 'rollback' }), other, []],
    // A changed value of a secret makes another revision of the same version.
    [
      'those of its strategy where its version is stable with other settings',
      planOf(),
      { ...planOf().canary, ...other },
      [10, 50],
    ],
  ] as const
  for (const [what, plan, before, weights] of rows)
    it(`are ${what}`, () => {
      expect(movesAtBegin(plan, before, 4).map(({ weight }) => weight)).to.deep.equal(weights)
    })

  it('keep everything that was found when its turn was taken', () => {
    const before = { ...beginRollout(), phase: 'starting', stableReplicas: 4, step: 7 } as const
    expect(enterMove(before)).to.deep.equal({ ...before, phase: 'promoting' })
  })
})
