import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import type { ShopOptions } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'

/** A bake that is too long to end by itself, and an alpha that is too small to be reached by chance. */
const guarded = (weight: number, analysis: object = {}): ShopOptions => ({
  rps: 80,
  alpha: 0.000_1,
  strategy: {
    kind: 'canary',
    steps: [{ weight }],
    bake: { min: '3m', max: '4m' },
    progressDeadline: '20s',
    scaleDownDelay: '0s',
  },
  target: { health: { every: '200ms', unhealthyAfter: 2 } },
  environment: { analysis: { warmUp: '0s', look: '500ms', ...analysis }, watch: '3s' },
})

describe('a canary that is not to blame', function () {
  this.timeout(180_000)

  it('is held, not reverted, when both versions fail alike, and goes on when a person says so', async () => {
    await using shop = await startService('n-both', guarded(20))
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    shop.switch.set({ mode: 'errors', rate: 0.5 })
    const held = await release.phase('held')
    expect(held.reason?.code).to.equal('both-bad')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 80, '1.1.0': 20 })
    shop.switch.set(null)
    await release.ask('promote')
    expect(await release.end()).to.equal('succeeded')
    expect(await shop.weights()).to.deep.equal({ '1.1.0': 100 })
  })

  it('is held when its traffic does not follow its weights, here because the weights were changed at the data plane', async () => {
    await using shop = await startService('n-split', guarded(50))
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    await moveWeights('n-split', 5)
    const held = await release.phase('held')
    expect(held.reason?.code).to.equal('split-broken')
    await release.ask('promote')
    expect(await release.end()).to.equal('succeeded')
    const [said] = (await release.explanation()).verdicts
    expect([said?.verdict, said?.detail], 'what it was held for, long after').to.deep.equal(['split-broken', held.reason?.detail])
    expect(said?.detail).to.match(/requests came to the canary at a weight of 50 %/)
    expect((await shop.users()).failures, "users' requests that failed").to.equal(0)
  })

  it('is reverted as blind when its counters cannot be read', async () => {
    await using shop = await startService('n-blind', guarded(20, { maxBlind: '3s' }))
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    const runtime = (await testStack()).pidOf('runtime')
    process.kill(runtime, 'SIGSTOP')
    try {
      const back = await release.phase('reverting')
      expect(back.reason?.code).to.equal('blind')
    } finally {
      process.kill(runtime, 'SIGCONT')
    }
    expect(await release.end()).to.equal('rolled-back')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
  })
})

/** Sets the canary's weight at the runtime itself, with the fencing token of the step that set it last, so that Holdfast does not know. */
async function moveWeights(service: string, canaryPercent: number): Promise<void> {
  const ref = { service, environment: 'production' }
  const runtime = createRuntimeClient((await testStack()).stack.runtimeSocket)
  try {
    const { desired } = await runtime.traffic(ref)
    const { workflowId, token, step } = (await runtime.effects(ref)).findLast(({ kind }) => kind === 'weights') ?? {}
    if (workflowId === undefined || token === undefined || step === undefined) throw new Error('nobody has set weights yet')
    const [stable = '', canary = ''] = Object.keys(desired)
    const weights = { [stable]: 100 - canaryPercent, [canary]: canaryPercent }
    await runtime.setWeights(ref, weights, { workflowId, token, step }, [])
  } finally {
    await runtime.close()
  }
}
