import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Shop, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { letUsersIn } from '../stack/users.ts'

/** The first release of an environment. It breaks under its first users and is held, because there is no version to revert to. */
async function breaking(shop: Shop): Promise<ShopRelease> {
  const release = await shop.release('1.0.0')
  await release.phase('watching')
  await using users = letUsersIn(await shop.address(), 60)
  shop.switch.set({ mode: 'errors', rate: 0.5 })
  const held = await release.phase('held')
  expect(held).to.deep.include({ state: 'held', weightPercent: 100, stable: null })
  expect(held.reason?.code).to.equal('fail')
  expect(held.legalRequests).to.have.members(['promote', 'promote-fully', 'extend', 'abort'])
  const { failures, requests } = await users.report()
  // About half of them fail. The bounds are five standard deviations, because an early detection leaves few
  // requests.
  expect(failures / requests, "share of users' requests that failed until somebody decided").to.be.within(
    0.01,
    0.5 + 2.5 / Math.sqrt(requests),
  )
  return release
}

const watched = (watch: string) => ({ baseline: false, environment: { analysis: { warmUp: '0s', look: '500ms' }, watch } })

describe('the first release of an environment', function () {
  this.timeout(180_000)

  it('can be aborted however far its start has come', async () => {
    await using shop = await startService('f-first', watched('1m'))
    for (const until of ['queued', 'starting', 'watching']) {
      const release = await shop.release(`1.0.0-${until}`)
      await release.phase('queued', 'starting', 'shifting', 'promoting', 'watching')
      if (until === 'watching') await release.phase('watching')
      await release.ask('abort')
      expect(await release.end(60_000), `aborted about ${until}`).to.equal('aborted')
    }
    expect(await shop.weights()).to.deep.equal({})
  })

  it('is reverted to nothing when it does not become ready', async () => {
    await using shop = await startService('f-unready', watched('1m'))
    const release = await shop.release('1.0.0', { mode: 'never-ready' })
    expect(await release.end(60_000)).to.equal('rolled-back')
    expect((await release.read()).reason?.code).to.equal('progress-deadline')
    expect(await shop.weights()).to.deep.equal({})
  })

  it('that breaks in its watch is held, and users no longer reach it once a person aborts it', async () => {
    await using shop = await startService('f-abort', watched('1m'))
    const release = await breaking(shop)
    await release.ask('abort')
    expect(await release.end(60_000)).to.equal('aborted')
    expect(await shop.weights()).to.deep.equal({})
  })

  it('that breaks in its watch becomes stable when a person promotes it', async () => {
    await using shop = await startService('f-promote', watched('1m'))
    const release = await breaking(shop)
    await release.ask('promote')
    expect(await release.end(60_000)).to.equal('succeeded')
    expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
  })

  it('that breaks in its watch and is repaired is watched anew when a person extends it', async () => {
    await using shop = await startService('f-extend', watched('5s'))
    const release = await breaking(shop)
    shop.switch.set(null)
    await release.ask('extend')
    await release.phase('watching')
    expect(await release.end(60_000)).to.equal('succeeded')
  })
})
