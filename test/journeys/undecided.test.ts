import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Shop, ShopOptions, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { letUsersIn } from '../stack/users.ts'
import { until } from '../stack/until.ts'
import { travelTogether } from '../stack/together.ts'
import { ofKind } from '../stack/events.ts'

/** Six requests a second for three seconds show neither good nor bad. */
const undecided = (analysis: object, more: ShopOptions = {}): ShopOptions => ({
  rps: 6,
  strategy: {
    kind: 'canary',
    steps: [{ weight: 50 }],
    bake: { min: '0s', max: '3s' },
    progressDeadline: '30s',
    scaleDownDelay: '0s',
  },
  environment: {
    analysis: { warmUp: '0s', look: '500ms', maxErrorRate: '50%', metrics: [{ kind: 'errors', share: 1 }], ...analysis },
    watch: '1s',
  },
  ...more,
})

/** Adds users until the release ends. Resolves with its outcome. */
async function withTraffic(shop: Shop, release: ShopRelease): Promise<string> {
  await using users = letUsersIn(shop.url, 120)
  const outcome = await release.end(90_000)
  expect((await users.report()).failures).to.equal(0)
  return outcome
}

interface Analysis {
  readonly standing?: string
  readonly inModeMs?: number
  readonly mode?: { readonly maxMs?: number }
}
const analysisOf = async (release: ShopRelease) => ((await release.read()).analysis ?? {}) as Analysis

const reasonOf = async (release: ShopRelease) => (await release.read()).reason?.code
const verdictsOf = async (release: ShopRelease) => (await release.explanation()).verdicts.map(({ verdict }) => verdict)

/** Resolves once it has baked longer than declared. */
const bakesOn = (release: ShopRelease) =>
  until(`${release.id} baking beyond its three seconds`, async () => ((await analysisOf(release)).mode?.maxMs ?? 0) >= 9_000)

interface Journey {
  readonly what: string
  readonly options: ShopOptions
  travel(shop: Shop, release: ShopRelease): Promise<unknown>
  /** The version that has all traffic in the end. */
  readonly version: string
}

const journeys: Readonly<Record<string, Journey>> = {
  'u-hold': {
    what: 'is held, and passes with traffic once a person extends it',
    options: undecided({ onInconclusive: 'hold' }),
    version: '1.1.0',
    async travel(shop, release) {
      const held = await release.phase('held')
      expect(held).to.deep.include({ state: 'held', weightPercent: 50 })
      expect(held.waitsFor).to.match(/^a person to decide, until .+ UTC; then it is reverted to 1\.0\.0$/)
      expect(held.reason?.code).to.equal('inconclusive')
      await release.ask('extend', { by: '4m' })
      expect(await withTraffic(shop, release)).to.equal('succeeded')
      expect(await verdictsOf(release)).to.include.members(['inconclusive', 'pass'])
    },
  },
  'u-extend': {
    what: 'continues its bake by itself if declared, and passes once there is traffic',
    options: undecided({ onInconclusive: 'extend' }),
    version: '1.1.0',
    async travel(shop, release) {
      await bakesOn(release)
      expect((await release.read()).phase).to.equal('baking')
      expect(await withTraffic(shop, release)).to.equal('succeeded')
    },
  },
  'u-rollback': {
    what: 'is reverted if declared',
    options: undecided({ onInconclusive: 'rollback' }),
    version: '1.0.0',
    async travel(_, release) {
      expect(await release.end()).to.equal('rolled-back')
      expect(await reasonOf(release)).to.equal('inconclusive')
    },
  },
  'u-promote': {
    what: 'is promoted if declared, and keeps the note that nothing was shown',
    options: undecided({ onInconclusive: 'promote' }),
    version: '1.1.0',
    async travel(_, release) {
      expect(await release.end()).to.equal('succeeded')
      const said = ofKind(await release.events(), 'promoted-without-proof')
      expect(said.map(({ data }) => data.detail)).to.have.lengthOf(1)
      expect(await verdictsOf(release), 'verdicts')
        .to.include('inconclusive')
        .and.not.include('pass')
    },
  },
  'u-max-hold': {
    what: 'is reverted when no person decides within maxHold',
    options: undecided({ maxHold: '3s' }),
    version: '1.0.0',
    async travel(_, release) {
      await release.phase('held')
      expect(await release.end()).to.equal('rolled-back')
      expect(await reasonOf(release)).to.equal('max-hold')
    },
  },
  'u-paused': {
    what: 'is reverted when it is paused for longer than maxHold',
    options: undecided({ onInconclusive: 'extend', maxHold: '3s' }),
    version: '1.0.0',
    async travel(_, release) {
      await release.phase('baking')
      await release.ask('pause')
      expect(await release.end()).to.equal('rolled-back')
      expect(await reasonOf(release)).to.equal('max-hold')
    },
  },
  'u-idle-hold': {
    what: 'without any request shows as idle, and is held',
    options: undecided({ idleAfter: '1s' }, { rps: 0 }),
    version: '1.0.0',
    async travel(_, release) {
      await until(`${release.id} idle`, async () => (await analysisOf(release)).standing === 'idle')
      await release.phase('held')
      expect(await verdictsOf(release)).to.deep.equal(['idle'])
      await release.ask('abort')
      expect(await release.end()).to.equal('aborted')
    },
  },
  'u-idle-extend': {
    what: 'without any request never passes, however long it bakes',
    options: undecided({ onInconclusive: 'extend', idleAfter: '1s' }, { rps: 0 }),
    version: '1.0.0',
    async travel(_, release) {
      await bakesOn(release)
      expect((await release.read()).phase).to.equal('baking')
      expect(await verdictsOf(release)).to.not.include('pass')
      await release.ask('abort')
      expect(await release.end()).to.equal('aborted')
    },
  },
  'u-idle-rollback': {
    what: 'without any request is reverted if declared',
    options: undecided({ onInconclusive: 'rollback', idleAfter: '1s' }, { rps: 0 }),
    version: '1.0.0',
    async travel(_, release) {
      expect(await release.end()).to.equal('rolled-back')
    },
  },
}

async function run(name: string, { options, travel, version }: Journey): Promise<void> {
  await using shop = await startService(name, options)
  const release = await shop.release('1.1.0')
  await travel(shop, release)
  expect(await shop.weights()).to.deep.equal({ [version]: 100 })
  if (options.rps) expect((await shop.users()).failures, "users' requests that failed").to.equal(0)
}

describe('a canary with too few requests, several at a time on one stack', function () {
  this.timeout(300_000)
  const all = Object.entries(journeys)
  const travelled = travelTogether(all, ([name, each]) => run(name, each))

  for (const each of all) it(each[1].what, () => travelled(each))
})
