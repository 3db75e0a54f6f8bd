import { expect } from 'chai'
import { describe, it } from 'mocha'
import { look } from '../../../domain/analysis/look.ts'
import { plan, startLooking } from './scene.ts'

describe('a look', () => {
  it('takes at most 50 microseconds with ten replicas', () => {
    const run = startLooking()
    for (let second = 0; second < 20; second += 1) {
      for (let i = 0; i < 10; i += 1)
        run.scene.add(i < 2 ? 'new' : 'old', `replica-${i}-of-shop-production`, 2_000, { errors: 0.003, slow: 0.01 })
      run.look()
    }
    const [first, second] = [
      run.scene.counters(100_000),
      (run.scene.add('new', 'new-1', 20, { errors: 0.5, clientErrors: 0.5, slow: 0.5 }), run.scene.counters(101_000)),
    ]
    const state = look(plan, run.state(), first).state
    const timed = Array.from({ length: 2_000 }, () => {
      const startedAt = performance.now()
      look(plan, state, second)
      return performance.now() - startedAt
    })
    // The median, because the machine may be busy.
    expect(timed.sort((x, y) => x - y)[1_000]).to.be.below(0.05)
  })
})
