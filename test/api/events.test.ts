import { expect } from 'chai'
import { describe, it } from 'mocha'
import { appendEvents } from '../../adapters/postgres/events/events.ts'
import { endRelease } from '../../adapters/postgres/rollouts/end-subject.ts'
import { EventList } from '../../schema/events.ts'
import { anEvent, ofKind } from '../stack/events.ts'
import { framesOf, idOf } from '../stack/frames.ts'
import { openShop } from '../stack/shop.ts'
import type { Shop } from '../stack/shop.ts'

const sse = { accept: 'text/event-stream' }

const append = (shop: Shop, key: string) =>
  shop.api.db.transaction((tx) => appendEvents(tx, { kind: 'release', id: shop.id(1) }, [anEvent(key)]))

describe('the events of a release', () => {
  it('are a list in pages', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    for (const key of ['a', 'b']) await append(shop, key)
    const first = await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events?limit=2`)
    const rest = await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events?limit=2&cursor=${first.member('nextCursor')}`)
    const [accepted, ...appended] = [first, rest].flatMap(({ json }) => EventList.parse(json).items)
    expect(accepted?.kind).to.equal('release-accepted')
    expect(ofKind(appended, 'abort-requested').map(({ data }) => data.reason)).to.deep.equal(['a', 'b'])
    expect(rest.json.nextCursor).to.equal(null)
  })

  it("are streamed as they happen, from the reader's last one to the end", async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    await append(shop, 'missed')
    const frames = framesOf(
      await shop.api.open(`/v1/releases/${shop.id(1)}/events`, { headers: { ...sse, 'last-event-id': '1' } }),
    )
    expect(idOf((await frames.next()).value)).to.equal('2')
    const appendedMs = performance.now()
    await append(shop, 'live')
    expect(idOf((await frames.next()).value)).to.equal('3')
    expect(performance.now() - appendedMs).to.be.lessThan(900)
    await shop.api.db.transaction((tx) => endRelease(tx, shop.id(1), 'aborted', null))
    expect(idOf((await frames.next()).value)).to.equal('4')
    expect((await frames.next()).value).to.equal('event: end\ndata: {}')
    expect((await frames.next()).done).to.equal(true)
  })

  it('come with a comment every 15 s while nothing happens', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const { body } = await shop.api.open(`/v1/releases/${shop.id(1)}/events`, { headers: { ...sse, 'last-event-id': '1' } })
    const openedMs = performance.now()
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) if (chunk.includes(': still here\n\n')) break
    expect(performance.now() - openedMs).to.be.within(14_000, 25_000)
  }).timeout(40_000)

  it('reach a reader even when notifications are lost', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const frames = framesOf(await shop.api.open(`/v1/releases/${shop.id(1)}/events`, { headers: sse }))
    await frames.next()
    await shop.api.db.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast-events'`)
    await append(shop, 'unheard')
    expect(idOf((await frames.next()).value)).to.equal('2')
  })

  it('break off without the end marker when the API stops, so that readers reconnect', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const frames = framesOf(await shop.api.open(`/v1/releases/${shop.id(1)}/events`, { headers: sse }))
    await frames.next()
    await shop.api.stop()
    const last = await frames.next().catch(() => ({ done: true, value: undefined }))
    expect(last.done).to.equal(true)
    await shop.api.start()
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events`)).status).to.equal(200)
  })

  it('are those of one release only, and a release that does not exist has none', async () => {
    await using shop = await openShop()
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(9)}/events`)).status).to.equal(404)
    const key = await shop.api.keyFor(['service:read'])
    await shop.release('1.0.0')
    expect((await shop.api.ask('GET', `/v1/releases/${shop.id(1)}/events`, { headers: sse, key })).status).to.equal(403)
  })
})
