import { Client, Connection } from '@temporalio/client'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { rolloutWorkflowId } from '../../domain/identity.ts'
import { startHookReceiver } from '../stack/hook-receiver.ts'
import type { ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'
import { letUsersIn } from '../stack/users.ts'

const statusAt = (url: string) =>
  fetch(url).then(
    ({ status }) => status,
    () => 'nobody there',
  )

describe('a release that declares another port and a shorter timeout', function () {
  this.timeout(180_000)

  it('changes nothing for users before its promotion, and leaves nothing behind', async () => {
    // Every answer takes longer than the new timeout.
    await using shop = await startService('traffic-bad', {
      rps: 20,
      target: { env: { DEMO_MODE: 'slow', DEMO_DELAY_MS: '700' } },
    })
    const port = await freePort()
    const later = { traffic: { kind: 'local', port, timeout: '500ms' } }
    await shop.declare({ ...later, target: neverReady })
    const unready = await shop.release('1.1.0')
    expect(await unready.end(60_000)).to.equal('rolled-back')
    expect([await shop.address(), await statusAt(`http://127.0.0.1:${port}`)]).to.deep.equal([shop.url, 'nobody there'])
    expect((await shop.users()).failures).to.equal(0)
  })

  it('moves users with its promotion, answers at both ports meanwhile, and moves them back in a revert', async () => {
    await using shop = await startService('traffic-moves', { rps: 20, environment: { watch: '2m' } })
    const port = await freePort()
    const next = `http://127.0.0.1:${port}`
    await shop.declare({ traffic: { kind: 'local', port, timeout: '2s' }, watch: '2m' })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    expect([await shop.address(), await statusAt(next)]).to.deep.equal([shop.url, 'nobody there'])
    await release.ask('promote-fully')
    await release.phase('watching')
    expect([await shop.address(), await statusAt(next), await statusAt(shop.url)]).to.deep.equal([next, 200, 200])
    await using early = letUsersIn(next, 20)
    await release.ask('abort')
    expect(await release.end(60_000)).to.equal('aborted')
    expect(await shop.address()).to.equal(shop.url)
    await until('nobody at the new port', async () => (await statusAt(next)) === 'nobody there')
    expect(Object.keys((await early.report()).versions)).to.include('1.1.0')

    const again = await shop.release('1.2.0')
    await again.phase('baking')
    await again.ask('promote-fully')
    await again.phase('watching')
    // Users at the old port during the watch.
    expect((await shop.users()).failures).to.equal(0)
    await again.ask('promote')
    expect(await again.end(60_000)).to.equal('succeeded')
    expect(await shop.address()).to.equal(next)
    await until('nobody at the old port', async () => (await statusAt(shop.url)) === 'nobody there')
  })

  it('moves users back in the same step as the traffic, before the next hook', async () => {
    await using receiver = await startHookReceiver(null)
    await using shop = await startService('traffic-home', { rps: 20, environment: { watch: '2m' } })
    const port = await freePort()
    const hooks = { afterRevert: [{ http: receiver.url, timeout: '5s' }] }
    await shop.declare({ traffic: { kind: 'local', port, timeout: '2s' }, watch: '2m', hooks })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    await release.ask('promote-fully')
    await release.phase('watching')
    expect(await shop.address()).to.equal(`http://127.0.0.1:${port}`)
    await release.ask('abort')
    await receiver.call(1)
    expect([await shop.address(), await shop.weights()]).to.deep.equal([shop.url, { '1.0.0': 100, '1.1.0': 0 }])
    expect(await release.end(90_000)).to.equal('aborted')
  })

  it("moves users to the port of a rollback's version, declared or assigned, and answers them all the time", async () => {
    await using shop = await startService('traffic-rollback', { rps: 0, environment: { watch: '2m' } })
    const [first, second] = [await freePort(), await freePort()].map((port) => ({ port, url: `http://127.0.0.1:${port}` }))
    if (!first || !second) throw new Error('no ports')
    for (const [version, { port }] of [['1.1.0', first] as const, ['1.2.0', second] as const]) {
      await shop.declare({ traffic: { kind: 'local', port, timeout: '2s' }, watch: '2m' })
      await settled(await shop.release(version))
    }
    for (const [version, from, to] of [
      ['1.1.0', second.url, first.url],
      ['1.0.0', first.url, shop.url],
    ] as const) {
      expect([await shop.address(), await statusAt(to)]).to.deep.equal([from, 'nobody there'])
      await using users = letUsersIn(from, 20)
      const rollback = await shop.rollback(version)
      await rollback.phase('watching')
      expect([await shop.address(), await statusAt(to), await statusAt(from)]).to.deep.equal([to, 200, 200])
      expect((await users.report()).failures, `users who still come by ${from}`).to.equal(0)
      await rollback.ask('promote')
      expect(await rollback.end(60_000)).to.equal('succeeded')
      await until('nobody at the port that was left', async () => (await statusAt(from)) === 'nobody there')
      expect([await shop.address(), await shop.weights()]).to.deep.equal([to, { [version]: 100 }])
    }
  })

  it('moves users back to the port of the stable version when its workflow is lost, and leaves none at the new port', async () => {
    await using shop = await startService('traffic-lost', { rps: 20, environment: { watch: '2m' } })
    const port = await freePort()
    const next = `http://127.0.0.1:${port}`
    await shop.declare({ traffic: { kind: 'local', port, timeout: '2s' }, watch: '2m' })
    const release = await shop.release('1.1.0')
    await release.phase('baking')
    await release.ask('promote-fully')
    await release.phase('watching')
    expect(await shop.address()).to.equal(next)
    await using early = letUsersIn(next, 20)
    await loseRollout(shop.name, release.id)
    expect(await release.end(60_000)).to.equal('rolled-back')
    expect([await shop.address(), await shop.weights()]).to.deep.equal([shop.url, { '1.0.0': 100 }])
    await until('nobody at the new port', async () => (await statusAt(next)) === 'nobody there')
    expect(Object.keys((await early.report()).versions)).to.include('1.1.0')
    expect((await shop.users()).failures, 'users who come by the port of the stable version').to.equal(0)
  })
})

/** Resolves once it is promoted and its watch is over, so that the old version is gone. */
async function settled(release: ShopRelease): Promise<void> {
  await release.phase('baking')
  await release.ask('promote-fully')
  await release.phase('watching')
  await release.ask('promote')
  expect(await release.end(60_000), release.id).to.equal('succeeded')
}

async function loseRollout(service: string, release: string): Promise<void> {
  const connection = await Connection.connect({ address: (await testStack()).stack.temporalAddress })
  const id = rolloutWorkflowId({ service, environment: 'production' }, release)
  await new Client({ connection }).workflow.getHandle(id).terminate('lost in a test')
  await connection.close()
}

const neverReady = {
  kind: 'local',
  command: [process.execPath, 'server.mjs'],
  env: { DEMO_MODE: 'never-ready' },
  drain: '1s',
  grace: '1s',
}
