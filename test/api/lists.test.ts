import { expect } from 'chai'
import { describe, it } from 'mocha'
import { phases } from '../../domain/rollout/phase.ts'
import { ReleaseState } from '../../schema/release.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop, shopDeclaration } from '../stack/shop.ts'

interface Item {
  readonly id: string
  readonly kind?: string
  readonly state: string
  readonly createdAt: string
}

const itemsOf = async (shop: Shop, path: string): Promise<readonly Item[]> => {
  const { status, json, text } = await shop.api.ask('GET', path)
  expect(status, text).to.equal(200)
  return json.items as unknown as Item[]
}

/** One release in each phase and with each outcome, as rows only. No worker runs them. */
async function releaseInEachState(shop: Shop): Promise<void> {
  const outcomes = ['succeeded', 'rolled-back', 'aborted', 'superseded', 'rejected']
  const all = [...phases.filter((phase) => phase !== 'ended'), ...outcomes]
  for (const [index, of] of all.entries()) {
    const { json } = await shop.release(`1.${index}.0`)
    const id = json.id as unknown as string
    await shop.api.db.query('update release set started_at = now(), created_at = $2 where id = $1', [
      id,
      new Date(Date.UTC(2026, 0, 1 + index)),
    ])
    if (outcomes.includes(of))
      await shop.api.db.query('update release set outcome = $2, ended_at = now() where id = $1', [id, of])
    else
      await shop.api.db.query(
        'update rollout set phase = $2 from turn where turn.workflow_id = rollout.workflow_id and subject = $1',
        [id, of],
      )
  }
  await shop.release('2.0.0')
  // Accepted, but its start is not confirmed.
  await shop.api.db.query('update release set started_at = null where version = $1', ['2.0.0'])
}

describe('a list of releases', function () {
  this.timeout(60_000)

  it('is filtered by the state that each release shows', async () => {
    await using shop = await openShop()
    await releaseInEachState(shop)
    const all = await itemsOf(shop, '/v1/releases?limit=200')
    expect(new Set(all.map(({ state }) => state))).to.deep.equal(new Set(ReleaseState.options))
    for (const states of [...ReleaseState.options, 'held,paused,needs-operator', 'succeeded,waiting']) {
      const wanted = all.filter(({ state }) => states.split(',').includes(state)).map(({ id }) => id)
      const found = await itemsOf(shop, `/v1/releases?limit=200&state=${states}`)
      expect(
        found.map(({ id }) => id),
        states,
      ).to.deep.equal(wanted)
    }
    const since = await itemsOf(shop, '/v1/releases?limit=200&since=2026-01-05T00:00:00Z&before=2026-01-07T00:00:00Z')
    expect(since.map(({ createdAt }) => createdAt.slice(0, 10))).to.deep.equal(['2026-01-06', '2026-01-05'])
    expect(await itemsOf(shop, '/v1/releases?environment=production&limit=200')).to.have.length(all.length)
    expect(await itemsOf(shop, '/v1/releases?environment=staging')).to.have.length(0)
    expect(await itemsOf(shop, '/v1/releases?before=3650d')).to.have.length(0)
  })

  it('is refused when a wrong filter would make it empty', async () => {
    await using shop = await openShop()
    const refused: readonly (readonly [path: string, status: number, detail: RegExp])[] = [
      ['/v1/releases?service=nope', 404, /there is no service nope/],
      ['/v1/rollbacks?service=nope', 404, /there is no service nope/],
      ['/v1/services/nope/history', 404, /there is no service nope/],
      [`/v1/releases?service=${shop.name}&environment=prodution`, 404, /no environment prodution/],
      ['/v1/releases?stat=held', 422, /unknown key 'stat': did you mean 'state'\?/],
      ['/v1/releases?state=hold', 422, /got 'hold': did you mean 'held'\?/],
      ['/v1/releases?since=yesterday', 422, /expected an instant/],
      ['/v1/releases?limit=1&limit=2', 422, /limit/],
      [`${shop.path}?verbose=1`, 422, /unknown key 'verbose'/],
    ]
    for (const [path, status, detail] of refused) {
      const answer = await shop.api.ask('GET', path)
      expect(answer.status, path).to.equal(status)
      expect(answer.text, path).to.match(detail)
    }
  })

  it('shows releases and rollbacks of a service together, newest first, page by page', async () => {
    await using shop = await openShop()
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await shop.release(version)
    // As if the first two had succeeded, so that a rollback has a version.
    await shop.api.db.query(
      `with good as (update turn set state = 'over' where ordinal < 3 returning workflow_id)
       update rollout set outcome = 'succeeded' from good where good.workflow_id = rollout.workflow_id`,
    )
    await shop.api.db.query(
      `update environment set stable = (select plan->'canary' from turn join rollout using (workflow_id) where ordinal = 2), stable_release = $1, stable_number = 2`,
      [shop.id(2)],
    )
    const back = await shop.api.ask('POST', `${shop.path}/environments/production/rollbacks`, { body: { reason: 'slow' } })
    expect(back.status, back.text).to.equal(202)
    await shop.release('1.3.0')
    const whole = await itemsOf(shop, `${shop.path}/history`)
    expect(whole.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal([
      `release ${shop.id(4)}`,
      `rollback rollback/${shop.name}/production/1`,
      ...[3, 2, 1].map((number) => `release ${shop.id(number)}`),
    ])
    const paged: Item[] = []
    for (let cursor = ''; ; ) {
      const { json } = await shop.api.ask('GET', `${shop.path}/history?limit=2${cursor}`)
      paged.push(...(json.items as unknown as Item[]))
      if (json.nextCursor === null) break
      cursor = `&cursor=${json.nextCursor as unknown as string}`
    }
    expect(paged).to.deep.equal(whole)
    const rollbacks = await itemsOf(shop, `/v1/rollbacks?service=${shop.name}`)
    expect(rollbacks.map(({ id }) => id)).to.deep.equal([`rollback/${shop.name}/production/1`])
  })

  it('shows for an environment without a stable version how the last release ended', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const reason = { code: 'cannot-start', detail: '0 of 1 ready: spawn ./start ENOENT' }
    await shop.api.db.query(`update turn set state = 'over', over_at = now()`)
    await shop.api.db.query(`update rollout set outcome = 'rolled-back', reason = $1`, [JSON.stringify(reason)])
    const { json } = await shop.api.ask('GET', shop.path)
    const [production] = json.environments as unknown as { stable: unknown; last: object }[]
    expect(production?.stable).to.equal(null)
    expect(production?.last).to.deep.include({ id: shop.id(1), version: '1.0.0', outcome: 'rolled-back', reason })
  })

  it('shows what a declaration would change, and a dry run declares nothing', async () => {
    await using shop = await openShop()
    const asked = shopDeclaration({ watch: '1m' }, { name: shop.name, owners: ['ann'] })
    const dry = await shop.api.ask('PUT', `${shop.path}?dryRun=true`, { body: asked })
    const changes = [
      { at: 'owners.0', after: 'ann' },
      { at: 'environments.production.watchMs', before: 900_000, after: 60_000 },
    ]
    expect(dry.status, dry.text).to.equal(200)
    expect(dry.json).to.deep.include({ dryRun: true, changes })
    const applied = await shop.api.ask('PUT', shop.path, { body: asked })
    expect(applied.json).to.deep.include({ dryRun: false, changes })
    expect((await shop.api.ask('PUT', shop.path, { body: asked })).json.changes).to.deep.equal([])
  })

  it('shows until when a release waits for a person, and what happens then', async () => {
    await using shop = await openShop()
    await shop.declare({ analysis: { maxHold: '2h' } })
    await shop.release('1.0.0')
    const since = new Date('2026-01-01T10:00:00Z')
    await shop.api.db.query(`update release set started_at = now()`)
    await shop.api.db.query(`update turn set state = 'open'`)
    await shop.api.db.query(
      `update rollout set phase = 'held', weight = 10, phase_since = $1, stable = jsonb_set(plan->'canary', '{version}', '"0.9.0"')`,
      [since],
    )
    const { json } = await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)
    expect(json.until).to.deep.equal({ at: '2026-01-01T12:00:00.000Z', next: 'it is reverted to 0.9.0' })
    expect(json.waitsFor).to.match(/^a person to decide, until 2026-01-01 12:00 UTC; then it is reverted to 0\.9\.0/)
    await shop.api.db.query(`update rollout set weight = 0`)
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}`)).json.until).to.equal(null)
  })
})
