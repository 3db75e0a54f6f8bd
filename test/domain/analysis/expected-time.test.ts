import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Channel } from '../../../domain/analysis/channels.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import { expectedTimeToPass } from '../../../domain/analysis/expected-time.ts'
import { secondsToShow } from '../../../domain/analysis/time-to-show.ts'
import { evenly, plan } from './scene.ts'

const bake = { minMs: 10_000, maxMs: 7_200_000 }
const quick = { ...plan, requestTimeoutMs: 0 }
const expected = (
  requestsPerSecond: number,
  errorRate: number,
  changes: Partial<Parameters<typeof expectedTimeToPass>[3]> = {},
) =>
  expectedTimeToPass(
    quick,
    evenly(),
    { requestsPerSecond, errorRate, slowRate: 0 },
    { weightPercent: 10, bake, isFirst: false, ...changes },
  )

describe('the expected time to pass', () => {
  it('is the time of 473 requests of the canary when there are no errors', () => {
    const ms = expected(200, 0) ?? 0
    expect(ms).to.be.within(23_600, 24_200)
    expect(expected(200, 0, { isFirst: true })).to.be.closeTo(ms + 15_000, 600)
  })

  it('is the time to show non-inferiority when the stable version misses the objective too', () => {
    const ms = expected(200, 0.02) ?? 0
    expect(ms).to.be.within(30_000, 300_000)
    expect(expected(20, 0.02)).to.be.within(8 * ms, 12 * ms)
  })

  it('is never below bake.min or the timeout of a request', () => {
    expect(expected(100_000, 0)).to.equal(10_000)
    const slow = { requestsPerSecond: 100_000, errorRate: 0, slowRate: 0 }
    expect(expectedTimeToPass(plan, evenly(), slow, { weightPercent: 10, bake, isFirst: false })).to.equal(15_000)
  })

  it('is null when the step will be inconclusive', () => {
    expect(expected(0, 0)).to.equal(null)
    expect(expected(1, 0, { bake: { minMs: 10_000, maxMs: 600_000 } })).to.equal(null)
    expect(
      expectedTimeToPass(
        { ...quick, stable: null },
        evenly(),
        { requestsPerSecond: 200, errorRate: 0.02, slowRate: 0 },
        { weightPercent: 10, bake, isFirst: false },
      ),
    ).to.equal(null)
  })

  it('is exact to half a second, and half of the traffic is counted for each version at a weight of half', () => {
    expect(expected(200, 0, { bake: { minMs: 10_000, maxMs: 64_000 } })).to.equal(24_000)
    const errors = channelsOf(quick.settings.metrics, quick.objective)[0] as Channel
    const halves = { a: 4, n: 200, b: 4, m: 200 }
    const seconds = secondsToShow(quick, errors, evenly(), halves, 7_200) ?? expect.fail('no time')
    expect(seconds).to.be.within(11, 300)
    expect(expected(400, 0.02, { weightPercent: 50 })).to.equal(Math.ceil(seconds * 1_000))
  })

  it('follows the slow requests of latency metrics, and not the errors', () => {
    const metrics = [{ kind: 'latency', edgesMs: [500], share: 1, dryRun: false }] as const
    const of = { ...quick, settings: { ...quick.settings, metrics } }
    const ahead = { weightPercent: 10, bake, isFirst: false }
    const time = (errorRate: number, slowRate: number) =>
      expectedTimeToPass(of, evenly(of), { requestsPerSecond: 200, errorRate, slowRate }, ahead) ?? 0
    expect(time(0.5, 0)).to.equal(time(0, 0))
    expect(time(0, 0.04)).to.be.above(time(0, 0))
  })

  it('is null without traffic, without a weight and without a metric that could be shown', () => {
    for (const weightPercent of [0, -1]) expect(expected(200, 0, { weightPercent })).to.equal(null)
    for (const requestsPerSecond of [0, -1]) expect(expected(requestsPerSecond, 0)).to.equal(null)
    const dry = { ...quick, settings: { ...quick.settings, metrics: [{ kind: 'errors', share: 1, dryRun: true }] as const } }
    const recent = { requestsPerSecond: 200, errorRate: 0, slowRate: 0 }
    expect(expectedTimeToPass(dry, evenly(dry), recent, { weightPercent: 10, bake, isFirst: false })).to.equal(null)
  })

  it('is the whole bake where it takes exactly that, and null where the warm-up makes it longer', () => {
    const ms = 10_000
    const recent = { requestsPerSecond: 100_000, errorRate: 0, slowRate: 0 }
    const time = (maxMs: number, isFirst: boolean) =>
      expectedTimeToPass(quick, evenly(), recent, { weightPercent: 10, bake: { minMs: ms, maxMs }, isFirst })
    expect([time(ms, false), time(ms - 1, false), time(ms, true)]).to.deep.equal([ms, null, null])
  })
})
