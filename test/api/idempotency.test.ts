import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openShop } from '../stack/shop.ts'

const key = (value: string) => ({ 'idempotency-key': value })

describe('an idempotency key', () => {
  it('makes one release of many concurrent requests', async () => {
    await using shop = await openShop()
    await shop.release('0.9.0')
    const answers = await Promise.all(Array.from({ length: 12 }, () => shop.release('1.0.0', {}, key('k'))))
    for (const { status, json } of answers)
      expect(status === 202 || (json['code'] as unknown) === 'request-in-flight').to.equal(true)
    expect(answers.filter(({ status }) => status === 202).map(({ json }) => json.id)).to.include(shop.id(2))
    const replay = await shop.release('1.0.0', {}, key('k'))
    expect([replay.status, replay.json.id]).to.deep.equal([202, shop.id(2)])
    expect(replay.headers.get('idempotency-replayed')).to.equal('true')
    expect(replay.headers.get('location')).to.equal(`/v1/releases/${shop.id(2)}`)
    expect(await shop.api.db.query('select 1 from release')).to.have.length(2)
  })

  it('has its answer from the transaction of the start, and from no second statement', async () => {
    await using shop = await openShop()
    const { db } = shop.api
    await db.query('create table updates (query text)')
    await db.query(
      `create function count_update() returns trigger language plpgsql as 'begin insert into updates values (current_query()); return null; end'`,
    )
    // It also fires for a statement that changes no row, and for the claim, which may update an expired row.
    await db.query('create trigger counting after update on idempotency for each statement execute function count_update()')
    const { json } = await shop.release('1.0.0', {}, key('k'))
    expect(await db.query(`select 1 from updates where query like 'update%'`)).to.have.length(1)
    expect((await shop.release('1.0.0', {}, key('k'))).json).to.deep.equal(json)
  })

  it('is refused for another request, and free for another person or route', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0', {}, key('k'))
    expect((await shop.release('1.1.0', {}, key('k'))).json).to.include({
      status: 422,
      code: 'idempotency-key-reused',
      hint: 'use a new Idempotency-Key for a new request',
    })
    const elsewhere = await shop.api.ask('POST', `/v1/releases/${shop.id(1)}/abort`, { body: {}, headers: key('k') })
    expect(elsewhere.status).to.equal(202)
  })

  it('repeats a refusal unchanged, and lets an internal failure be tried again', async () => {
    await using shop = await openShop()
    const refused = await shop.release('1.0.0', { until: 'moon' }, key('k'))
    const again = await shop.release('1.0.0', { until: 'moon' }, key('k'))
    expect([again.status, again.text]).to.deep.equal([422, refused.text])
    await shop.runtime.kill()
    expect((await shop.release('1.1.0', {}, key('m'))).json.code).to.equal('target-unavailable')
    await shop.runtime.start()
    expect((await shop.release('1.1.0', {}, key('m'))).status).to.equal(202)
  })

  it('is taken over from a request that never ended, after ten seconds', async () => {
    await using shop = await openShop()
    const stuck = async (ago: string) => {
      await shop.release('1.0.0', {}, key('k'))
      await shop.api.db.query(`update idempotency set status = null, answer = null, created_at = now() - $1::interval`, [ago])
    }
    await stuck('5 seconds')
    expect((await shop.release('1.0.0', {}, key('k'))).json).to.include({
      status: 409,
      code: 'request-in-flight',
      hint: 'repeat it in a moment, with the same Idempotency-Key if it had one',
    })
    await shop.api.db.query(`update idempotency set created_at = now() - interval '11 seconds'`)
    expect((await shop.release('1.0.0', {}, key('k'))).status).to.equal(202)
    expect(await shop.api.db.query('select 1 from idempotency')).to.have.length(1)
  })

  it('is 1-255 visible ASCII characters', async () => {
    await using shop = await openShop()
    expect((await shop.release('1.0.0', {}, key('a b'))).json.code).to.equal('invalid-input')
    expect((await shop.release('1.0.0', {}, key('k'.repeat(256)))).json.code).to.equal('invalid-input')
    const empty = await shop.release('1.0.0', {}, key(''))
    expect([empty.status, empty.json.code]).to.deep.equal([422, 'invalid-input'])
  })
})
