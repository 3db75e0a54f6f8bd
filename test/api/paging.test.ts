/** Lists, looks and events have at most `limit` items, an opaque cursor while there are more, and each item once in a fixed order. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { routes } from '../../api/registry.ts'
import { appendEvents } from '../../adapters/postgres/events/events.ts'
import { anEvent } from '../stack/events.ts'
import type { Shop } from '../stack/shop.ts'
import { openShop } from '../stack/shop.ts'

const row = {
  ...{
    atMs: 1,
    weightPercent: 10,
    canaryRate: null,
    stableRate: null,
    logE: 0,
    logLimit: 1,
    note: null,
    channels: {},
    bounds: {},
  },
  canary: { bad: 0, total: 1 },
  stable: { bad: 0, total: 9 },
  guardrail: { canary: 0, stable: 0, limit: 1 },
}

/** Three of each: releases, a rollback, events, keys, services, and looks of two environments in the same instants. */
async function fill(shop: Shop): Promise<void> {
  const { db } = shop.api
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await shop.release(version)
  for (const name of ['second', 'third'])
    await shop.api.ask('PUT', `/v1/services/${name}`, {
      body: { kind: 'Service', name, environments: [{ name: 'production', target: { kind: 'local', command: ['./start'] } }] },
    })
  for (const owner of ['a', 'b'])
    await shop.api.ask('POST', '/v1/keys', { body: { scopes: ['service:read'], expires: '1h', owner } })
  for (const kind of ['release', 'rollback'] as const) {
    const id = kind === 'release' ? shop.id(1) : `rollback/${shop.name}/production/1`
    if (kind === 'rollback')
      for (const n of [1, 2, 3])
        await db.query(
          `insert into rollback (id, service, environment, release_id, plan, requested_by)
           select $1, service, 'production', id, (select plan from rollout limit 1), requested_by from release where id = $2`,
          [`rollback/${shop.name}/production/${n}`, shop.id(1)],
        )
    await db.query(`insert into subject (kind, id) values ($1, $2) on conflict do nothing`, [kind, id])
    for (const key of ['a', 'b', 'c']) await db.transaction((tx) => appendEvents(tx, { kind, id }, [anEvent(`${kind} ${key}`)]))
    for (const ref of ['production', 'staging']) {
      const workflowId = `rollout/${shop.name}/${ref}/${kind}`
      await db.query(
        `insert into turn (workflow_id, resource, kind, subject, subject_kind, rank, ordinal, state)
         values ($1, $1, $2, $3, $4, 0, 1, 'over')`,
        [workflowId, kind === 'release' ? 'rollout' : 'rollback', id, kind],
      )
      await db.query(`insert into rollout (workflow_id, ref, plan) select $1, $2, plan from rollout limit 1`, [
        workflowId,
        `${shop.name}/${ref}`,
      ])
      for (const atMs of [1_000, 2_000])
        await db.query('insert into look (workflow_id, at_ms, row) values ($1, $2, $3)', [workflowId, atMs, JSON.stringify(row)])
    }
  }
}

const listed = routes.flatMap((one) => {
  const { method, path } = one.verb
  const { shape = {} } = (one.answers[200] ?? {}) as { shape?: object }
  return method === 'GET' && 'items' in shape ? [{ path, query: one.query, shape }] : []
})

describe('a list of the API', function () {
  this.timeout(60_000)

  it('is bounded by `limit` and continued by `cursor`, in every operation that answers items', () => {
    expect(listed.map(({ path }) => path)).to.have.length.above(8)
    for (const { path, query, shape } of listed) {
      expect(shape, path).to.have.property('nextCursor')
      // Logs have no pages: the last lines are bounded, and a stream continues them.
      if (path.endsWith('/logs')) continue
      const parsed = z.object({ limit: z.number() }).safeParse(query?.safeParse({}).data)
      expect(parsed.success && parsed.data.limit, path).to.be.within(1, 2_000)
      expect(query?.safeParse({ limit: '1', cursor: 'YQ' }).success, path).to.equal(true)
      for (const limit of ['0', '2001', '1.5', 'all'])
        expect(query?.safeParse({ limit }).success, `${path} ${limit}`).to.equal(false)
    }
  })

  it('comes in pages with each item once and no empty page, and refuses a cursor of another list', async () => {
    await using shop = await openShop()
    await fill(shop)
    const rollback = encodeURIComponent(`rollback/${shop.name}/production/1`)
    const concrete = (path: string) =>
      path.replace('{service}', shop.name).replace('{id}', path.includes('rollbacks') ? rollback : shop.id(1))
    const paths = listed.map(({ path }) => path).filter((path) => !path.endsWith('/logs'))
    for (const path of paths.map(concrete)) {
      const whole = await shop.api.ask('GET', path)
      const items = whole.json.items as unknown as object[]
      expect(items, `${path} ${whole.text}`).to.have.length.above(2)
      expect(whole.json.nextCursor, path).to.equal(null)
      for (const limit of [1, 2]) {
        const pages: object[][] = []
        for (let cursor = ''; ; ) {
          const { json, status, text } = await shop.api.ask('GET', `${path}?limit=${limit}${cursor}`)
          expect(status, text).to.equal(200)
          pages.push(json.items as unknown as object[])
          if (json.nextCursor === null || pages.length > items.length) break
          cursor = `&cursor=${encodeURIComponent(json.nextCursor as unknown as string)}`
        }
        expect(pages.flat(), path).to.deep.equal(items)
        expect(
          pages.map(({ length }) => length),
          path,
        ).to.deep.equal(
          items.filter((_, index) => index % limit === 0).map((_, index) => Math.min(limit, items.length - index * limit)),
        )
      }
      for (const foreign of ['!', 'x y', '99999999999 x', 'Z z z'].map((key) => Buffer.from(key).toString('base64url'))) {
        const refused = await shop.api.ask('GET', `${path}?cursor=${foreign}`)
        const isLook = path.endsWith('/looks') && foreign === Buffer.from('99999999999 x').toString('base64url')
        expect([refused.status, refused.json.code, refused.json['hint']], `${path} ${foreign}`).to.deep.equal(
          isLook ? [200, undefined, undefined] : [422, 'invalid-input', 'send nextCursor as it was answered'],
        )
      }
    }
  })
})
