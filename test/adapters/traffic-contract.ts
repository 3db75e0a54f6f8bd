/** What every router owes, whatever splits the traffic. Run over the local router and over those of a cluster. */
import { expect } from 'chai'
import { it } from 'mocha'
import type { Traffic, TrafficState, Weights } from '../../adapters/traffic/traffic.ts'
import { sameWeights } from '../../local-runtime/weights.ts'
import { until } from '../stack/until.ts'
import { fencingToken, outcomeOf, ref } from './stand.ts'

export interface RouterStand extends AsyncDisposable {
  readonly traffic: Traffic
  /** Two revisions that run and are ready. */
  readonly revisions: readonly [string, string]
  /** Lets the router take what was asked of it. A router that does so by itself has nothing to do here. */
  settle(): Promise<void>
  removeRevisions(turn: number): Promise<void>
}

interface ByHand {
  /** Gives all traffic to a revision, as another program does. */
  changeByHand(revision: string): Promise<void>
}

const isInEffect = ({ inEffect, effective }: TrafficState, wanted: Weights): boolean => inEffect ?? sameWeights(effective, wanted)

/** Waits until the router does what was asked. */
export async function inEffect(
  { traffic, settle }: Pick<RouterStand, 'traffic' | 'settle'>,
  wanted: Weights,
): Promise<TrafficState> {
  await settle()
  return until('the weights to be in effect', async () => {
    const state = await traffic.read(ref)
    return isInEffect(state, wanted) && state
  })
}

export function owesTraffic(kind: string, open: () => Promise<RouterStand>): void {
  it(`${kind}: is not found before it was ever opened, and can be closed`, async () => {
    await using stand = await open()
    const { traffic } = stand
    const never = { ...ref, environment: 'never-opened' }
    expect(await outcomeOf(traffic.read(never))).to.equal('not-found')
    expect(await outcomeOf(traffic.close(never, fencingToken(1, 1)))).to.equal('accepted')
  })

  it(`${kind}: counts changes of weights, and repeats and further openings change nothing`, async () => {
    await using stand = await open()
    const { traffic } = stand
    const [one, other] = stand.revisions
    expect(await traffic.open(ref, fencingToken(1, 1))).to.deep.include({ desired: {}, generation: 0 })
    const steps: readonly Weights[] = [{ [one]: 100 }, { [one]: 50, [other]: 50 }, { [other]: 100 }]
    for (const [index, weights] of steps.entries())
      for (const time of ['first', 'again']) {
        const answered = await traffic.setWeights(ref, weights, fencingToken(1, 2 + index))
        expect(answered, time).to.deep.include({ desired: weights, generation: index + 1 })
        const state = await inEffect(stand, weights)
        expect(state, time).to.deep.include({ desired: weights, generation: index + 1 })
        expect(sameWeights(state.effective, weights), JSON.stringify(state)).to.equal(true)
      }
    expect(await traffic.open(ref, fencingToken(1, 9))).to.deep.include({ desired: { [other]: 100 }, generation: 3 })
  })

  it(`${kind}: refuses weights that do not sum to 100, and weights of a revision that does not run`, async () => {
    await using stand = await open()
    const { traffic } = stand
    const [one] = stand.revisions
    await traffic.open(ref, fencingToken(1, 1))
    for (const weights of [{ [one]: 99 }, { [one]: 50, 'r-9-9-9': 50 }])
      expect(await outcomeOf(traffic.setWeights(ref, weights, fencingToken(1, 2)))).to.equal('invalid-input')
    expect((await traffic.read(ref)).desired).to.deep.equal({})
  })

  it(`${kind}: refuses what is late, also where no weight was ever written`, async () => {
    await using stand = await open()
    const { traffic } = stand
    const [one, other] = stand.revisions
    await traffic.open(ref, fencingToken(3, 1))
    const refused = async (late: ReturnType<typeof fencingToken>) => {
      expect(await outcomeOf(traffic.setWeights(ref, { [other]: 100 }, late))).to.equal('stale-token')
      expect(await outcomeOf(traffic.open(ref, late))).to.equal('stale-token')
      expect(await outcomeOf(traffic.close(ref, late))).to.equal('stale-token')
    }
    await refused(fencingToken(2, 9))
    expect(await traffic.read(ref)).to.deep.include({ desired: {}, generation: 0 })
    await traffic.setWeights(ref, { [one]: 100 }, fencingToken(3, 3))
    for (const late of [fencingToken(3, 2), fencingToken(2, 9)]) await refused(late)
    expect(await inEffect(stand, { [one]: 100 })).to.deep.include({ desired: { [one]: 100 }, generation: 1 })
  })

  it(`${kind}: closes only where no revision is left, and a late change does not open it again`, async () => {
    await using stand = await open()
    const { traffic } = stand
    const [one] = stand.revisions
    await traffic.open(ref, fencingToken(1, 1))
    await traffic.setWeights(ref, { [one]: 100 }, fencingToken(1, 2))
    expect(await outcomeOf(traffic.close(ref, fencingToken(2, 1)))).to.equal('wrong-phase')
    expect(await inEffect(stand, { [one]: 100 })).to.deep.include({ desired: { [one]: 100 } })
    await traffic.setWeights(ref, {}, fencingToken(3, 1))
    await stand.removeRevisions(3)
    for (const time of ['first', 'again'])
      expect(await outcomeOf(traffic.close(ref, fencingToken(3, 9))), time).to.equal('accepted')
    expect(await outcomeOf(traffic.open(ref, fencingToken(3, 8)))).to.equal('stale-token')
    expect(await outcomeOf(traffic.setWeights(ref, {}, fencingToken(2, 9)))).to.equal('stale-token')
  })
}

/** What a router owes whose weights other programs can change. */
export function owesToOthers(kind: string, open: () => Promise<RouterStand & ByHand>): void {
  it(`${kind}: shows a change by somebody else and who made it, leaves it outside of a step, and ends it with the next weights`, async () => {
    await using stand = await open()
    const { traffic, changeByHand } = stand
    const [one, other] = stand.revisions
    const weights = { [one]: 50, [other]: 50 }
    await traffic.open(ref, fencingToken(1, 1))
    await traffic.setWeights(ref, weights, fencingToken(1, 2))
    await inEffect(stand, weights)
    await changeByHand(other)
    await stand.settle()
    const seen = async () =>
      until('the change to be in effect', async () => {
        const state = await traffic.read(ref)
        return state.effective[other] === 100 && state
      })
    expect(await seen()).to.deep.include({ desired: weights, inEffect: false, generation: 1 })
    expect((await seen()).foreign).to.match(/^kubectl-by-hand changed the (weights|selector) of /)
    await traffic.open(ref, fencingToken(1, 3))
    await stand.settle()
    expect(await seen()).to.deep.include({ desired: weights, inEffect: false })
    await traffic.setWeights(ref, weights, fencingToken(1, 4))
    expect(await inEffect(stand, weights)).to.deep.include({ desired: weights, generation: 1, foreign: null })
  })
}
