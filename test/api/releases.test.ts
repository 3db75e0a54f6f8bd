import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Plan } from '../../schema/answers.ts'
import { ArtifactContents } from '../../schema/artifact.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { openShop } from '../stack/shop.ts'

describe('the start of a release', () => {
  it('is answered 202 with an address that never answers 404', async () => {
    await using shop = await openShop()
    const { status, headers, json } = await shop.release('1.0.0', { note: 'first' })
    expect(status).to.equal(202)
    expect(json).to.deep.include({ id: shop.id(1), state: 'accepted' })
    const shown = await shop.api.ask('GET', headers.get('location') ?? '')
    expect(shown.status).to.equal(200)
    expect(shown.json).to.deep.include({
      id: shop.id(1),
      version: '1.0.0',
      note: 'first',
      phase: 'queued',
      legalRequests: ['abort'],
      requestedBy: { kind: 'person', id: 'ann' },
      environments: ['production'],
      reached: [],
    })
    expect(shown.json.links?.temporal).to.include(`/workflows/rollout%2F${shop.name}%2Fproduction%2F${shop.id(1)}`)
  })

  it('is accepted while Temporal is away, and marked for the sweeper', async () => {
    await using shop = await openShop({ TEMPORAL_ADDRESS: '127.0.0.1:1' })
    const { status, json } = await shop.release('1.0.0')
    expect([status, json.id]).to.deep.equal([202, shop.id(1)])
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).json).to.deep.include({
      state: 'accepted',
      startedAt: null,
      waitsFor: 'its start',
    })
  }).timeout(30_000)

  it('has the digest of its plan, and a plan starts nothing', async () => {
    await using shop = await openShop()
    const plan = await shop.api.ask('GET', '/v1/releases')
    expect(plan.json.items).to.deep.equal([])
    const dry = await shop.release('1.0.0', { note: 'only asking' })
    const planned = await shop.api.ask('GET', `/v1/releases/${dry.member('id')}`)
    const again = await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, {
      body: {
        version: '1.0.0',
        artifact: { ref: (await shop.api.db.query<{ artifact: string }>('select artifact from version'))[0]?.artifact },
      },
    })
    expect(again.status).to.equal(200)
    expect(again.json.planDigest).to.equal(planned.json.planDigest)
    expect(again.json.environments?.['0']).to.deep.include({ waitsBehind: [{ kind: 'release', id: shop.id(1) }], steps: [] })
    expect(again.json.environments?.['0']?.alphaShares, 'what a release that has nothing to do may spend').to.deep.include({
      total: 0,
      comparison: 0,
    })
    expect(await shop.api.db.query('select 1 from release')).to.have.length(1)
  })

  it('is refused when its version had another artifact before, or its assertion is wrong', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const other = await shop.release('2.0.0')
    expect(other.status).to.equal(202)
    await shop.api.db.query(`update version set artifact = 'sha256:other' where version = '1.0.0'`)
    const started = (await shop.release('1.0.0')).json
    expect(started).to.include({ status: 422, code: 'version-digest-changed' })
    expect(started.detail).to.equal(`${shop.name} 1.0.0 was released before, with other files`)
    const body = { version: '1.0.0', artifact: { path: demoArtifact('1.0.0') } }
    const planned = (await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body })).json
    expect(planned, 'a plan that could not be started').to.include({ code: 'version-digest-changed', detail: started.detail })
    const asserted = await shop.api.ask('POST', `${shop.path}/releases`, {
      body: { version: '3.0.0', artifact: { ref: `sha256:${'0'.repeat(64)}` } },
    })
    expect(asserted.json.code).to.equal('invalid-input')
  })

  it('goes no further than its `until`', async () => {
    await using shop = await openShop()
    const target = { kind: 'local', command: ['node'] }
    await shop.declare(
      {},
      {
        environments: [
          { name: 'staging', target },
          { name: 'production', target },
        ],
      },
    )
    await shop.release('1.0.0', { until: 'staging' })
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).json.environments).to.deep.equal(['staging'])
    expect((await shop.release('1.1.0', { until: 'moon' })).json).to.deep.include({
      code: 'invalid-input',
      hint: `${shop.name} has staging, production`,
    })
  })

  it('is listed newest first, page by page, and by service', async () => {
    await using shop = await openShop()
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await shop.release(version)
    const first = await shop.api.ask('GET', `/v1/releases?service=${shop.name}&limit=2`)
    const ids = (answer: typeof first) => (answer.json.items as unknown as { id: string }[]).map(({ id }) => id)
    expect(ids(first)).to.deep.equal([shop.id(3), shop.id(2)])
    const rest = await shop.api.ask('GET', `/v1/releases?service=${shop.name}&limit=2&cursor=${first.member('nextCursor')}`)
    expect(ids(rest)).to.deep.equal([shop.id(1)])
    expect(rest.json.nextCursor).to.equal(null)
    expect((await shop.api.ask('GET', '/v1/releases?service=other')).status).to.equal(404)
  })
})

describe('a release while another one is in flight', () => {
  it('of the same version says so in its answer and its first event, because it will be gated if the other one is reverted', async () => {
    await using shop = await openShop()
    expect((await shop.release('1.0.0')).json).to.not.have.property('twin')
    expect((await shop.release('1.1.0')).json).to.not.have.property('twin')
    expect((await shop.release('1.0.0')).json).to.include({ state: 'accepted', twin: shop.id(1) })
    const events = (await shop.api.ask('GET', `/v1/releases/${shop.id(3)}/events`)).json.items as unknown as { data: object }[]
    expect(events[0]?.data).to.include({ twin: shop.id(1), isAgain: true })
    await shop.api.db.query("update release set outcome = 'succeeded', ended_at = now()")
    expect((await shop.release('1.0.0')).json).to.not.have.property('twin')
  })

  const askedOf = async (shop: Awaited<ReturnType<typeof openShop>>) =>
    (await shop.api.db.query<{ pending: string | null }>('select pending from turn order by id')).map(({ pending }) => pending)

  it('waits for it by default', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    await shop.release('1.1.0')
    expect(await askedOf(shop)).to.deep.equal([null, null])
    const queue = (await shop.api.ask('GET', `${shop.path}/environments/production`)).json.queue
    expect((queue as unknown as { id: string }[]).map(({ id }) => id)).to.deep.equal([shop.id(1), shop.id(2)])
  })

  it('has it reverted when the declaration says supersede', async () => {
    await using shop = await openShop()
    await shop.declare({ onBusy: 'supersede' })
    await shop.release('1.0.0')
    await shop.release('1.1.0')
    expect(await askedOf(shop)).to.deep.equal(['supersede', null])
  })

  it('is refused with a link to it when the declaration says refuse', async () => {
    await using shop = await openShop()
    await shop.declare({ onBusy: 'refuse' })
    await shop.release('1.0.0')
    const refused = await shop.release('1.1.0')
    expect(refused.json).to.deep.include({
      code: 'already-in-flight',
      inFlight: { kind: 'release', id: shop.id(1), phase: 'queued', self: `/v1/releases/${shop.id(1)}` },
    })
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(2)}`)).status).to.equal(404)
  })

  it('ends its watch with `--now`', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    await shop.api.db.query(`update turn set state = 'open'; update rollout set phase = 'watching'`)
    await shop.release('1.1.0', { now: true })
    expect(await askedOf(shop)).to.deep.equal(['cut-short', null])
  })
})

describe('the artifact of a release', function () {
  this.timeout(60_000)

  it('can be inspected without being stored, and a dry run leaves nothing of it in the store', async () => {
    await using shop = await openShop()
    const path = demoArtifact('1.0.0')
    writeFileSync(join(path, '.env'), 'TOKEN=x')
    writeFileSync(join(path, 'holdfast.yaml'), 'name: shop')
    const looked = await shop.api.ask('POST', '/v1/artifacts/inspect', { body: { path } })
    const { leftOut, files } = ArtifactContents.parse(looked.json)
    expect(leftOut.map((entry) => entry.path)).to.deep.equal(['.env', 'holdfast.yaml'])
    expect(files).to.equal(2)
    const body = { version: '1.0.0', artifact: { path } }
    const { json } = await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body })
    const planned = Plan.parse(json)
    const stored = () => readdirSync(join(shop.runtime.home, 'artifacts'))
    expect(stored()).to.deep.equal([])
    await shop.api.ask('POST', `${shop.path}/releases`, { body })
    expect(stored()).to.deep.equal([planned.artifact.replace(':', '-')])
  })

  it('that is unchanged is a release of new settings when the declaration changed, whatever the holdfast.yaml in its folder says', async () => {
    await using shop = await openShop()
    const path = demoArtifact('1.0.0')
    writeFileSync(join(path, 'holdfast.yaml'), 'replicas: 1')
    const body = { version: '1.0.0', artifact: { path } }
    expect((await shop.api.ask('POST', `${shop.path}/releases`, { body })).status).to.equal(202)
    writeFileSync(join(path, 'holdfast.yaml'), 'replicas: 2')
    await shop.declare({ target: { kind: 'local', command: ['node', 'server.mjs'], replicas: 2, env: { LABEL: 'new' } } })
    const planned = Plan.parse((await shop.api.ask('POST', `${shop.path}/releases?dryRun=true`, { body })).json)
    const started = await shop.api.ask('POST', `${shop.path}/releases`, { body })
    expect(started.status).to.equal(202)
    const rows = await shop.api.db.query<{ plan_digest: string; revision: string; artifact: string }>(
      `select plan_digest, plan->'rollouts'->0->'canary'->>'revision' as revision, plan->>'artifact' as artifact from release order by number`,
    )
    expect(rows[1]?.plan_digest).to.equal(planned.planDigest)
    expect(rows[1]?.artifact).to.equal(rows[0]?.artifact)
    expect(rows[1]?.revision).to.not.equal(rows[0]?.revision)
    const { json } = await shop.api.ask('GET', `/v1/releases/${shop.id(2)}/events`)
    expect(JSON.stringify(json)).to.include('"isAgain":true')
  })

  it('that is unusable is refused with a sentence, alike by an inspection, a plan and a start', async () => {
    await using shop = await openShop()
    const path = demoArtifact('1.0.0')
    mkdirSync(Buffer.concat([Buffer.from(`${path}/caf`), Buffer.from([0xe9])]))
    for (const [ask, body] of [
      ['/v1/artifacts/inspect', { path }],
      [`${shop.path}/releases?dryRun=true`, { version: '1.0.0', artifact: { path } }],
      [`${shop.path}/releases`, { version: '1.0.0', artifact: { path } }],
    ] as const) {
      const { json } = await shop.api.ask('POST', ask, { body })
      expect(json, ask).to.include({ status: 422, code: 'invalid-input' })
      expect(json.detail, ask).to.match(/the name of a file in the artifact is not UTF-8/)
    }
    const zero = await shop.api.ask('POST', '/v1/artifacts/inspect', { body: { path: '/x\0y' } })
    expect(zero.status).to.be.oneOf([400, 422])
  })
})
