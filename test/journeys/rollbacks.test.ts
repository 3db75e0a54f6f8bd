import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import { createLanes } from '../stack/lanes.ts'
import type { Shop, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'
import { travelTogether } from '../stack/together.ts'
import { createPhases, revertFailed } from './phases.ts'
import { ofKind } from '../stack/events.ts'
import type { EventKind } from '../../domain/events/event.ts'

const phases = createPhases()
type Name = keyof typeof phases
const names = Object.keys(phases) as Name[]

const serviceOf = (name: string): string => `r-${name.replaceAll(/\W+/g, '-').replace(/-$/, '')}`

/** Releases `version` by a promotion, without waiting for its bakes. */
async function releasePromoted(shop: Shop, version: string): Promise<ShopRelease> {
  const release = await shop.release(version)
  await release.phase('baking', 'held', 'gated')
  await release.ask('promote-fully')
  await endWatch(release)
  return release
}

/** Ends the watch, which may have ended by itself. */
async function endWatch(release: ShopRelease): Promise<void> {
  await until(
    `${release.id} watched`,
    async () => {
      const { phase, outcome } = await release.read()
      return outcome !== null || (phase === 'watching' && (await release.refusal('promote')) === null)
    },
    60_000,
  )
  expect(await release.end(60_000), release.id).to.equal('succeeded')
}

const firstOf = async <Kind extends EventKind>(release: ShopRelease, kind: Kind) => ofKind(await release.events(), kind)[0]

/** Expects all traffic at `version`, and no process of another version. */
async function expectOnly(shop: Shop, version: string): Promise<void> {
  expect(await shop.weights()).to.deep.equal({ [version]: 100 })
  await using runtime = new AsyncDisposableStack()
  const client = createRuntimeClient((await testStack()).stack.runtimeSocket)
  runtime.defer(() => client.close())
  const ref = { service: shop.name, environment: 'production' }
  const versions = async () => (await client.status(ref)).map((each) => each.version)
  await until(`only ${version} of ${shop.name}`, async () => (await versions()).join() === version).catch(
    async (error: Error) => {
      throw new Error(`${error.message}; there are ${(await versions()).join(', ')}`)
    },
  )
}

/** Releases 1.0.0, then 1.1.0, then 1.2.0 up to the phase, and rolls back to 1.0.0. */
async function rollBackIn(name: Name): Promise<number> {
  const held = phases[name]
  await using shop = await startService(serviceOf(name), { ...held.options, rps: 30 })
  await releasePromoted(shop, '1.1.0')
  const flying = await held.reach(shop, '1.2.0')
  const rollback = await shop.rollback()
  // A rollback does not interrupt a revert: it waits for it.
  if (held.phase === 'reverting') {
    expect((await rollback.phase('queued')).waitsFor).to.contain(flying.id)
    await held.free(shop)
  }
  expect(await flying.end(30_000), flying.id).to.equal('aborted')
  await endWatch(rollback)
  const [left, came] = [await firstOf(flying, 'release-ended'), await firstOf(rollback, 'turn-taken')]
  expect(left?.at.localeCompare(came?.at ?? ''), 'what is in flight ends first').to.be.at.most(0)
  await expectOnly(shop, '1.0.0')
  return (await shop.users()).failures
}

/** A revert that fails for two minutes, and then the decision of an operator. */
const operators: Readonly<Record<string, (shop: Shop, release: ShopRelease) => Promise<unknown>>> = {
  'retried once the stable version is well again: home': async (shop, release) => {
    shop.switch.set(null)
    await release.ask('retry-revert')
    expect(await release.end(60_000)).to.equal('aborted')
    await expectOnly(shop, '1.1.0')
  },
  'accepted as it is: what has most weight is stable, and the next release starts there': async (shop, release) => {
    await release.ask('accept-as-is', { reason: 'better than nothing' })
    expect(await release.end(60_000)).to.equal('aborted')
    expect((await release.read()).reason).to.deep.equal({ code: 'accepted-as-is', detail: 'better than nothing' })
    const next = await releasePromoted(shop, '1.3.0')
    expect((await firstOf(next, 'turn-taken'))?.data.stable).to.equal('1.2.0')
    await expectOnly(shop, '1.3.0')
  },
  'a rollback that waits for the operator and then brings its version': async (shop, release) => {
    const rollback = await shop.rollback()
    expect((await rollback.phase('queued')).waitsFor).to.contain(release.id)
    await release.ask('accept-as-is')
    expect(await release.end(60_000)).to.equal('aborted')
    await endWatch(rollback)
    await expectOnly(shop, '1.0.0')
  },
}

async function operate(what: string): Promise<number> {
  await using shop = await startService(serviceOf(what.slice(0, 20)), { ...revertFailed.options, rps: 30 })
  await releasePromoted(shop, '1.1.0')
  const release = await revertFailed.reach(shop, '1.2.0')
  expect((await release.read()).state).to.equal('needs-operator')
  expect((await release.refusal('abort'))?.legal).to.have.members(['retry-revert', 'accept-as-is'])
  await operators[what]?.(shop, release)
  return (await shop.users()).failures
}

describe('a rollback in every phase, and a revert that fails', function () {
  this.timeout(300_000)
  const lanes = createLanes(8)
  const failedBeside = travelTogether(Object.keys(operators), (what) => lanes.run(() => operate(what)))
  const failedIn = travelTogether(names, (name) => lanes.run(() => rollBackIn(name)))

  for (const name of names) {
    it(`${name}: the release in flight is reverted first, then the earlier version gets the traffic, and no user notices`, async () => {
      expect(await failedIn(name), "users' requests that failed").to.equal(0)
    })
  }

  for (const what of Object.keys(operators)) {
    it(`revert failed: ${what}`, async () => {
      expect(await failedBeside(what), "users' requests that failed").to.equal(0)
    })
  }
})
