import { expect } from 'chai'
import type { BackOff } from './back-off.ts'
import { afterExit, afterFailedPull, backOffPolicy, delayText, noBackOff } from './back-off.ts'

const policy = backOffPolicy(10_000)

describe('the back-off of the process kubelet', () => {
  it('restarts a container at once the first time, then after 10 s, 20 s and so on up to 300 s, as a real kubelet', () => {
    const waits: number[] = []
    let backOff: BackOff = noBackOff
    let now = 1_000_000
    for (let exit = 0; exit < 8; exit += 1) {
      const after = afterExit(backOff, now, policy)
      waits.push((after.startAt - now) / 1_000)
      backOff = after.backOff
      now = after.startAt + 1_000
    }
    expect(waits).to.deep.equal([0, 10, 20, 40, 80, 160, 300, 300])
  })

  it('forgets the crashes of a container that ran well for twice the longest wait', () => {
    const grown: BackOff = { delayMs: 300_000, since: 1_000 }
    expect(afterExit(grown, 1_000 + 600_001, policy).startAt).to.equal(601_001)
    expect(afterExit(grown, 1_000 + 600_000, policy).startAt).to.equal(901_000)
  })

  it('waits after the first failed pull already', () => {
    const first = afterFailedPull(noBackOff, 5_000, policy)
    expect([first.delayMs, afterFailedPull(first, 15_000, policy).delayMs]).to.deep.equal([10_000, 20_000])
  })

  it('writes a wait as Kubernetes does', () => {
    expect([250, 10_000, 160_000, 300_000].map(delayText)).to.deep.equal(['250ms', '10s', '2m40s', '5m0s'])
  })
})
