import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createStreamBound } from '../../api/stages/streams.ts'
import { opener } from '../../adapters/provider.ts'
import { openShop } from '../stack/shop.ts'

const sse = { accept: 'text/event-stream' }

describe('streams that clients leave open', function () {
  this.timeout(60_000)

  it('are refused beyond a hundred of one client, do not affect other clients, and make room when they end', async () => {
    await using shop = await openShop()
    await shop.release('1.0.0')
    const path = `/v1/releases/${shop.id(1)}/events`
    const gone = new AbortController()
    const open = () => shop.api.open(path, { headers: sse, signal: gone.signal })
    // Keep references: an unreferenced response is garbage collected, which closes its connection.
    const held: Response[] = []
    for (let batch = 0; batch < 6; batch += 1) held.push(...(await Promise.all(Array.from({ length: 20 }, open))))
    const statuses = held.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).to.equal(100)
    expect(statuses.filter((status) => status === 429).length).to.equal(20)
    const refused = await shop.api.ask('GET', path, { headers: sse })
    expect(refused.json).to.include({ code: 'too-many-streams', detail: 'this client has 100 streams open' })
    expect(refused.headers.get('retry-after')).to.equal('1')
    expect((await shop.api.ask('GET', path)).status, 'the list').to.equal(200)
    const key = await shop.api.keyFor(['*'], 'bob')
    const other = await shop.api.open(path, { headers: sse, key })
    expect(other.status, 'another client').to.equal(200)
    await other.body?.cancel()
    gone.abort()
    for (let left = 0; ; ) {
      const again = await shop.api.open(path, { headers: sse })
      await again.body?.cancel()
      if (again.status === 200) break
      expect((left += 1), 'room again').to.be.lessThan(200)
    }
  })

  it('are bounded in total, however many clients there are, and a stream whose reader has left does not count', () => {
    const admit = createStreamBound({ ofClient: 2, inAll: 3 })
    const ends: (() => void)[] = []
    const from = (client: string, destroyed = false) =>
      admit({
        state: { principal: null, arrival: { client } },
        res: { destroyed, once: (_: string, end: () => void) => ends.push(end) },
      } as never)
    for (const client of ['10.0.0.1', '10.0.0.1', '10.0.0.2']) from(client)
    expect(() => from('10.0.0.1')).to.throw('this client has 2 streams open')
    expect(() => from('10.0.0.3')).to.throw('3 streams are open')
    from('10.0.0.4', true)
    expect(ends.length).to.equal(3)
    ends[0]?.()
    from('10.0.0.3')
    expect(() => from('10.0.0.1')).to.throw('3 streams are open')
  })
})

describe('providers that declarations name', () => {
  it('are cached while they are used and dropped after five hundred others, so declarations cannot fill the memory', () => {
    let opened = 0
    const provider = { kind: 'p', create: () => ({ n: (opened += 1) }) }
    const open = opener<{ readonly n: number }>([provider as never], {})
    const first = open({ kind: 'p', config: { at: 0 } })
    for (let at = 1; at < 2_000; at += 1) {
      open({ kind: 'p', config: { at } })
      expect(open({ kind: 'p', config: { at: 0 } })).to.equal(first)
    }
    expect(open({ kind: 'p', config: { at: 1_999 } }).n).to.equal(2_000)
    expect(open({ kind: 'p', config: { at: 1 } }).n).to.equal(2_001)
  })
})
