/** How sticky clients affect a verdict. `npm run bench -- sticky` prints the whole table, which docs/limits.md has. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDraw } from '../../../loadtests/simulated-canary.ts'
import type { StickyCanary } from '../../../loadtests/simulated-clients.ts'
import { stickyCanary, stickyRelease, stickySentBackAfter } from '../../../loadtests/simulated-clients.ts'

/** The seconds of the reverted releases, and their percentage of all. */
function sentBack(changes: Partial<StickyCanary>, releases = 100) {
  const draw = createDraw(8)
  const runs = Array.from({ length: releases }, () => stickySentBackAfter(draw, { ...stickyCanary, seconds: 60, ...changes }))
  const seconds = runs.filter((second) => second !== null)
  return { percent: (100 * seconds.length) / releases, latest: Math.max(...seconds) }
}

describe('a simulated canary of sticky clients', function () {
  this.timeout(120_000)

  it('that is healthy is not reverted because of one client that fails, however often, or a busy one that never fails', () => {
    expect(sentBack({}).percent, 'healthy').to.be.at.most(1)
    expect(sentBack({ broken: 1 }).percent, 'always').to.be.at.most(1)
    expect(sentBack({ broken: 1, weightPercent: 30 }).percent, 'at a weight of 30').to.be.at.most(1)
    expect(sentBack({ broken: 1, brokenRate: 0.5 }).percent, 'every other request').to.be.at.most(1)
    expect(sentBack({ broken: 1, brokenRate: 0.05, seconds: 300 }, 50).percent, 'now and then').to.be.at.most(2)
    expect(sentBack({ busyRequestsPerSecond: 50, errorRate: 0.005, seconds: 300 }, 50).percent, 'busy').to.be.at.most(2)
  })

  it('that is healthy is not reverted because of many clients that always fail, whichever version has more of them', () => {
    for (const weightPercent of [30, 50])
      expect(sentBack({ broken: 20, weightPercent, seconds: 20 }, 300).percent, `at ${weightPercent} %`).to.be.below(0.5)
  })

  it('that is healthy is reverted as often as its weight when only requests are counted', () => {
    expect(sentBack({ broken: 1, weightPercent: 30, byClients: false }).percent).to.be.within(15, 45)
  })

  it('that is healthy is not reverted because of a flood of clients without cookies, good or bad', () => {
    expect(sentBack({ strangersPerSecond: 100, strangersRate: 1 }, 50).percent).to.be.at.most(2)
    expect(sentBack({ strangersPerSecond: 100, broken: 1 }, 50).percent).to.be.at.most(2)
  })

  it('that fails everything is reverted within a second or two, and with ten clients in most cases', () => {
    expect(sentBack({ canaryRate: 1 })).to.satisfy(
      (found: ReturnType<typeof sentBack>) => found.percent >= 98 && found.latest <= 2,
    )
    expect(sentBack({ clients: 10, weightPercent: 50, canaryRate: 1 }).percent).to.be.at.least(85)
    const late = { clients: 200, canaryRate: 1, badFromSecond: 120, errorRate: 0.005, seconds: 140 }
    expect(sentBack(late, 50).percent, 'after two minutes').to.be.at.least(90)
  })

  it('that turns bad after minutes of errors is reverted in seconds, although most of its ten clients did not count', () => {
    const late = { canaryRate: 1, badFromSecond: 600, errorRate: 0.005, seconds: 630 }
    expect(sentBack(late)).to.satisfy((found: ReturnType<typeof sentBack>) => found.percent >= 98 && found.latest <= 610)
    expect(sentBack({ ...late, canaryRate: 0.25, seconds: 660 }, 50).percent, 'every fourth request').to.be.at.least(95)
  })

  it('that turns bad never passes, even with too few clients to detect it', () => {
    const draw = createDraw(8)
    const late = { clients: 10, weightPercent: 30, canaryRate: 1, badFromSecond: 600, errorRate: 0.005, seconds: 610 }
    const ends = Array.from({ length: 50 }, () => stickyRelease(draw, { ...stickyCanary, ...late }))
    // If none of the ten clients was drawn for it, there was no fault to see.
    expect(ends.filter(({ passes }) => passes).length).to.be.at.most(4)
  })

  it('that fails every fourth request of many clients is reverted as fast as without sticky sessions', () => {
    const many = { clients: 500, canaryRate: 0.25, errorRate: 0.005, seconds: 20 }
    const [byClients, byRequests] = [sentBack(many, 40), sentBack({ ...many, byClients: false }, 40)]
    expect([byClients.percent, byRequests.percent]).to.deep.equal([100, 100])
    expect(byClients.latest).to.be.at.most(byRequests.latest + 1)
  })
})
