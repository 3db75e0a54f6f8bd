import { expect } from 'chai'
import { describe, it } from 'mocha'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { Channel } from '../../../domain/analysis/channels.ts'
import { secondsToShow } from '../../../domain/analysis/time-to-show.ts'
import { evenly, plan } from './scene.ts'

const [errors] = channelsOf(plan.settings.metrics, plan.objective) as [Channel]
const time = (perSecond: { a: number; n: number; b: number; m: number }, most: number) =>
  secondsToShow(plan, errors, evenly(), perSecond, most)

describe('the time that steady traffic takes to show a metric', () => {
  it('is exact to half a second, and never too short', () => {
    // 473 requests without an error show 1 %: 23.65 s.
    for (const most of [32, 64, 128, 4_096]) expect(time({ a: 0, n: 20, b: 0, m: 180 }, most), `${most} s`).to.equal(24)
  })

  it('is the same for the same rates, however many requests the stable version has beside an objective that is met', () => {
    expect(time({ a: 0, n: 20, b: 0, m: 0 }, 64)).to.equal(24)
  })

  it('is null where it is longer than there is time, and without requests of the new version', () => {
    expect(time({ a: 0, n: 20, b: 0, m: 180 }, 23.6)).to.equal(null)
    for (const n of [0, -1]) expect(time({ a: 0, n, b: 0, m: 180 }, 4_096), `${n}`).to.equal(null)
  })
})
