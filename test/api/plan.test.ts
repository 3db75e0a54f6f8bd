import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Plan } from '../../schema/answers.ts'
import { Release } from '../../schema/release.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { openShop } from '../stack/shop.ts'
import { testTemporal } from '../stack/temporal.ts'
import { until } from '../stack/until.ts'
import { letUsersIn } from '../stack/users.ts'
import { startWorkers } from '../stack/workers.ts'

const environment = {
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' },
  strategy: { kind: 'canary', steps: [{ weight: 10 }, { weight: 50 }], bake: { min: '1s', max: '30m' }, scaleDownDelay: '0s' },
  watch: '5m',
}

describe('the plan of a release', function () {
  this.timeout(90_000)

  it('names the version that it will be compared with, whether that is still watched or stable, and the time to a pass at its traffic', async () => {
    await using shop = await openShop()
    await using _workers = await startWorkers({
      DATABASE_URL: shop.api.databaseUrl,
      TEMPORAL_ADDRESS: (await testTemporal()).address,
      HOLDFAST_RUNTIME_SOCKET: shop.runtime.socket,
    })
    await shop.declare(environment)
    await shop.release('1.0.0')
    const read = async () => Release.parse((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).json)
    await until('the watch', async () => (await read()).phase === 'watching', 30_000)
    // The artifact is the same. The changed environment variables make another revision.
    await shop.declare({ ...environment, target: { ...environment.target, env: { LABEL: '1.1.0' } } })
    const [row] = await shop.api.db.query<{ artifact: string }>('select artifact from version')
    const body = { version: '1.1.0', artifact: { ref: row?.artifact } }
    const plan = async (more: object = {}) =>
      Plan.parse((await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body: { ...body, ...more } })).json)
        .environments[0]
    const watched = await plan()
    expect(watched).to.deep.include({ stable: null, waitsBehind: [{ kind: 'release', id: shop.id(1) }] })
    expect(watched?.baseline).to.deep.include({ version: '1.0.0', ifStays: { kind: 'release', id: shop.id(1) } })
    expect(watched?.steps.map(({ weight }) => weight)).to.deep.equal([10, 50])
    expect(watched?.summary).to.equal(
      `canary: 2 steps beside 1.0.0, promotion, then the watch; waits for ${shop.id(1)}: 1.0.0 is its baseline if that stays`,
    )
    expect(watched?.alphaShares.comparison).to.be.closeTo(0.008, 1e-9)
    expect(watched?.notes).to.include('the same artifact as 1.0.0, new settings: env')
    const now = await plan({ now: true })
    expect(now?.waitsBehind).to.deep.equal([])
    expect(now?.summary).to.equal(
      `canary: 2 steps beside 1.0.0, promotion, then the watch; ends the watch of ${shop.id(1)}: 1.0.0 is its baseline`,
    )
    await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/promote`, { body: {} })
    await until('its end', async () => (await read()).outcome === 'succeeded', 30_000)
    expect((await plan())?.baseline).to.include({ version: '1.0.0', ifStays: null })
    const passes = async () => (await plan())?.steps.map(({ expected }) => expected) ?? []
    expect(
      (await passes()).map((expected) => expected?.passMs),
      'without traffic it will end inconclusive',
    ).to.deep.equal([null, null])
    const { json } = await shop.api.ask('GET', `${shop.path}/environments/production`)
    await using _users = letUsersIn((json as unknown as { traffic: { url: string } }).traffic.url, 100)
    const [tenth, half] = await until('traffic enough', async () => {
      const expected = await passes()
      return (expected[0]?.requestsPerSecond ?? 0) > 15 && expected
    })
    // The warm-up, then 473 requests of the canary without an error. The second step has no warm-up, but waits for the requests'
    // timeout.
    const rps = tenth?.requestsPerSecond ?? 0
    expect(tenth?.passMs).to.be.closeTo(15_000 + 473_000 / (0.1 * rps), 1_000)
    expect(half?.passMs).to.be.closeTo(Math.max(15_000, 473_000 / (0.5 * rps)), 1_000)
  })

  it('says that a release of a stable version that does not serve starts it again, and why', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    await shop.api.db.query("update release set outcome = 'succeeded', ended_at = now()")
    await shop.api.db.query("update turn set state = 'over'; update rollout set phase = 'ended', outcome = 'succeeded'")
    await shop.api.db.query(
      "update environment set stable = (select plan->'canary' from rollout), stable_release = $1, stable_number = 1",
      [shop.id(1)],
    )
    const body = { version: '1.0.0', artifact: { path: demoArtifact('1.0.0') } }
    const [again] = Plan.parse((await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body })).json).environments
    expect(again?.summary).to.equal(
      'starts it again: this revision is stable already, but it does not run; all traffic once it is ready and smoke-tested, then the watch',
    )
    expect(again?.watchMs, 'it is watched').to.be.above(0)
    expect(again?.steps).to.deep.equal([])
  })

  it('gives a first release no alpha for a comparison, because there is no version to compare with', async () => {
    await using shop = await openShop()
    const body = { version: '1.0.0', artifact: { path: demoArtifact('1.0.0') } }
    const { json } = await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body })
    const [first] = Plan.parse(json).environments
    expect(first?.alphaShares).to.include({ comparison: 0, sampleRatio: 0 })
    expect(first?.alphaShares.total).to.equal(first?.alphaShares.guardrail).and.be.above(0)
  })
})
