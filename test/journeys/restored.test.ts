import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'
import type { Shop } from '../stack/service.ts'
import type { ShopRelease } from '../stack/shop-release.ts'
import { until } from '../stack/until.ts'

const statusAt = async (url: string) => (await fetch(url)).status

/** Makes the whole stable version unhealthy. Resolves when users get 503. */
async function down(shop: Shop): Promise<void> {
  shop.switch.set({ mode: 'never-ready' })
  await until('503 to users', async () => (await statusAt(shop.url)) === 503, 30_000)
}

/** Expects the change to wait, and the version to serve again once it can. */
async function comesBack(shop: Shop, change: ShopRelease): Promise<void> {
  await change.phase('starting')
  shop.switch.set(null)
  expect(await change.end()).to.equal('succeeded')
  const { reason } = await change.read()
  expect(reason?.code).to.not.equal('nothing-to-do')
  expect((await change.events()).map(({ kind }) => kind)).to.include.members(['restoring', 'ready', 'weight-shifted'])
  expect(await statusAt(shop.url)).to.equal(200)
  expect(await shop.weights()).to.deep.equal({ '1.0.0': 100 })
}

describe('a version that is already stable', function () {
  this.timeout(300_000)

  it('and does not serve is started again by a release of it and by a rollback to it, and left as it is while it serves', async () => {
    await using shop = await startService('restored', { rps: 0 })
    const url = await shop.address()
    const seen = { ...shop, url }
    await down(seen)
    await comesBack(seen, await shop.release('1.0.0'))
    await down(seen)
    await comesBack(seen, await shop.rollback('1.0.0'))
    // One after the other: a rollback reverts what is in flight.
    for (const start of [() => shop.release('1.0.0'), () => shop.rollback('1.0.0')]) {
      const change = await start()
      expect(await change.end()).to.equal('succeeded')
      expect((await change.read()).reason?.code).to.equal('nothing-to-do')
    }
  })

  it('and cannot be started again waits for a person and never succeeds', async () => {
    await using shop = await startService('unrestored', { rps: 0 })
    const seen = { ...shop, url: await shop.address() }
    await down(seen)
    const again = await shop.release('1.0.0')
    const { reason } = await until(
      'a person to be asked, after the deadlines of both ways',
      async () => {
        const now = await again.read()
        return now.phase === 'needs-operator' && now
      },
      200_000,
    )
    expect(reason?.code).to.equal('revert-failed')
    shop.switch.set(null)
    await again.ask('retry-revert')
    expect(await again.end()).to.equal('rolled-back')
    expect(await statusAt(seen.url)).to.equal(200)
  })
})
