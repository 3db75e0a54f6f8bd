import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { splitOf } from '../../../domain/plan/split.ts'
import { beginRollout, nextStep } from '../../../domain/rollout/rollout.ts'
import { planOf, stable } from '../rollout/rollout-machine.ts'

const byReplicas = splitOf({ config: { split: 'replicas' } })

describe('a router whose replicas split the traffic', () => {
  it('gives a canary at least the share that was asked for, and one replica less would be below it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000 }), (weight, stableReplicas) => {
        const replicas = byReplicas.canaryReplicas(weight, stableReplicas)
        // Compared in whole numbers: canary / (canary + stable) and weight / 100.
        const isEnough = (count: number) => 100 * count >= weight * (count + stableReplicas)
        expect(isEnough(replicas)).to.equal(true)
        expect(replicas === 1 || !isEnough(replicas - 1)).to.equal(true)
        expect(replicas).to.be.at.most(stableReplicas)
      }),
    )
  })

  for (const [weight, stableReplicas, replicas] of [
    [0, 4, 0],
    [-1, 4, 0],
    [1, 4, 1],
    [10, 9, 1],
    [10, 10, 2],
    [20, 4, 1],
    [50, 1, 1],
    [50, 4, 4],
    // Beyond half, only promotion is left.
    [90, 4, 4],
    [100, 4, 4],
  ] as const)
    it(`runs ${replicas} of the canary for ${weight} % beside ${stableReplicas}`, () => {
      expect(byReplicas.canaryReplicas(weight, stableReplicas)).to.equal(replicas)
    })

  it('is chosen by the router of the stable version until promotion, and by an own key of the configuration only', () => {
    const traffic = { kind: 'any', config: { split: 'replicas' } }
    const moves = [{ weight: 40, bake: null, gate: null }]
    const shifting = { ...beginRollout(), phase: 'shifting' as const, stable, stableReplicas: 9, moves }
    expect(nextStep(planOf(), { ...shifting, stable: { ...stable, traffic } })).to.deep.include({ weight: 40, replicas: 6 })
    expect(nextStep(planOf(), shifting)).to.deep.include({ weight: 40, replicas: 4 })
    for (const split of [undefined, 7, 'toString', 'unknown']) expect(splitOf({ config: { split } }).largestWeight).to.equal(99)
  })
})
