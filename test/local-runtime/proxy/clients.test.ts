import { createHash } from 'node:crypto'
/** Sticky clients: which of them get the canary, for how long, and which cookies are accepted. */
import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Clients } from '../../../local-runtime/proxy/clients.ts'
import { createClients } from '../../../local-runtime/proxy/clients.ts'
import { ask, createStand } from './stand.ts'
import type { Stand } from './stand.ts'

const pairOf = (setCookie: string | undefined): string => setCookie?.split(';')[0] ?? ''

/** The cookies of clients that made a request before, outside any release. */
const returning = (clients: Clients, count: number): string[] =>
  Array.from({ length: count }, () => pairOf(clients.meet(undefined, undefined).setCookie))

const canaryAt = (clients: Clients, cookies: readonly string[], release: string, weight: number): number[] =>
  cookies.flatMap((cookie, n) => (clients.meet(cookie, release).draw < weight / 100 ? [n] : []))

describe('the draw of a sticky client', function () {
  this.timeout(60_000)

  it('moves more users at a larger weight, and none back within a release', () => {
    const clients = createClients('a secret')
    const cookies = returning(clients, 300)
    const weight = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(weight, weight, fc.string({ minLength: 1, maxLength: 20 }), (one, other, release) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)]
        const after = new Set(canaryAt(clients, cookies, release, more))
        expect(canaryAt(clients, cookies, release, fewer).every((n) => after.has(n))).to.equal(true)
        expect(after.size).to.be.closeTo((300 * more) / 100, 50)
      }),
      { numRuns: 30, seed: 8 },
    )
    expect(canaryAt(clients, cookies, 'r', 0)).to.deep.equal([])
    expect(canaryAt(clients, cookies, 'r', 100).length).to.equal(300)
  })

  it('gives another order in each release, independent of the previous one', () => {
    const clients = createClients('a secret')
    const cookies = returning(clients, 4_000)
    const first = new Set(canaryAt(clients, cookies, 'shop-1', 30))
    const second = canaryAt(clients, cookies, 'shop-2', 30)
    const both = second.filter((n) => first.has(n)).length
    expect(second.length / 4_000).to.be.closeTo(0.3, 0.03)
    expect(both / 4_000).to.be.closeTo(0.09, 0.02)
  })

  it('cannot be predicted from the cookie and the release without the key', () => {
    const clients = createClients('a secret')
    const guessed = returning(clients, 400).filter((cookie) => {
      const [id = ''] = (cookie.split('=')[1] ?? '').split('.')
      const bucket = createHash('sha256').update(`${id}\nshop-1`).digest().readUInt32BE() % 100
      return clients.meet(cookie, 'shop-1').draw === (bucket + 0.5) / 100
    })
    // One in a hundred by chance.
    expect(guessed.length).to.be.below(20)
  })

  it('is counted only at the first request of a release, whichever cookies the client keeps and however many requests it sends at once', () => {
    const clients = createClients('a secret')
    const [cookie = ''] = returning(clients, 1)
    const together = Array.from({ length: 6 }, () => clients.meet(cookie, 'shop-1'))
    expect(together.map(({ isFirst }) => isFirst)).to.deep.equal([true, false, false, false, false, false])
    const kept = pairOf(together[0]?.setCookie)
    expect(clients.meet(kept, 'shop-1')).to.include({ isFirst: false, setCookie: undefined })
    expect(clients.meet(kept, 'shop-2').isFirst).to.equal(true)
  })
})

describe('the cookie of a sticky client', () => {
  it('is for HTTP only, for this site, and unchanged outside a release', () => {
    const clients = createClients('a secret')
    const { setCookie } = clients.meet(undefined, undefined)
    expect(setCookie).to.match(/^holdfast-client=[\w-]{11}\.-{8}\.[\w-]{22}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/)
    expect(clients.meet(pairOf(setCookie), undefined).setCookie).to.equal(undefined)
  })

  it('is accepted only with a valid signature: any other one is a new client', () => {
    const clients = createClients('a secret')
    const { id, setCookie } = clients.meet(undefined, 'shop-1')
    const good = pairOf(setCookie)
    expect(clients.meet(`x=y; ${good}`, 'shop-1').id).to.equal(id)
    const [name, value = ''] = good.split('=')
    const [, tag = '', mac = ''] = value.split('.')
    const other = Buffer.alloc(8, 7).toString('base64url')
    const guess = createHmac('sha256', 'a guess').update(`${other}.${tag}`).digest('base64url').slice(0, 22)
    const forged = [
      `${other}.${tag}.${mac}`,
      `${other}.${tag}.${guess}`,
      `${id}.--------.${mac}`,
      `${id}.${tag}`,
      `${id}.${tag}.`,
      `${value}x`,
      pairOf(createClients('another secret').meet(undefined, 'shop-1').setCookie).split('=')[1],
      '7',
      '',
      'r-1.1.0',
      '__proto__',
      '%00',
    ]
    for (const one of forged) {
      const met = clients.meet(`${name}=${one}`, 'shop-1')
      expect([met.id === id, met.id === other, met.isFirst], one).to.deep.equal([false, false, true])
    }
  })

  it('never breaks a request, whatever its content', () => {
    const clients = createClients('a secret')
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^holdfast-client=[\w.=; -]{0,60}$/)), (cookies) => {
        expect(clients.meet(cookies, 'shop-1').id).to.have.length(11)
      }),
      { numRuns: 2_000, seed: 8 },
    )
  })
})

const named = (stand: Stand, name: string) =>
  stand.backend(name, (_, response) => response.setHeader('x-version', name).end('ok'))

describe('ten returning clients at a weight of 30', () => {
  it('are counted for the version that they were drawn for, although it is down and the other one answers them', async () => {
    await using stand = await createStand({ sticky: 'cookie' })
    const old = await named(stand, 'old')
    const stable = { revision: 'a', weight: 100, backends: [old] }
    stand.route([stable])
    const cookies: string[] = []
    for (let n = 0; n < 40; n++) cookies.push(pairOf((await ask(stand.url)).answer.headers['set-cookie']?.[0]))
    stand.route(
      [
        { revision: 'b', weight: 30, backends: [] },
        { ...stable, weight: 70 },
      ],
      [],
      'shop-1',
    )
    for (const cookie of cookies) {
      const { answer } = await ask(stand.url, { headers: { cookie } })
      expect(answer.headers['x-version']).to.equal('old')
    }
    const drawn = (of: string) =>
      stand.proxy.counters(Date.now()).reduce((sum, { revision, firstDraws }) => sum + (revision === of ? firstDraws : 0), 0)
    expect(drawn('a') + drawn('b')).to.equal(40)
    // 12 of 40 on average, with a standard deviation of 2.9.
    expect(drawn('b')).to.be.within(2, 24)
  })

  it('reach the canary in the right share over forty releases, with other clients each time, and each is drawn once in a release', async () => {
    await using stand = await createStand({ sticky: 'cookie' })
    const [old, canary] = [await named(stand, 'old'), await named(stand, 'canary')]
    const cookies: string[] = []
    const stable = { revision: 'a', weight: 100, backends: [old] }
    stand.route([stable])
    for (let n = 0; n < 10; n++) cookies.push(pairOf((await ask(stand.url)).answer.headers['set-cookie']?.[0]))
    const reached: string[] = []
    for (let release = 1; release <= 40; release++) {
      const routes = [
        { revision: 'b', weight: 30, backends: [canary] },
        { ...stable, weight: 70 },
      ]
      stand.route(routes, [], `shop-${release}`)
      const met = await Promise.all(
        cookies.map(async (cookie, n) => {
          const { answer } = await ask(stand.url, { headers: { cookie } })
          const kept = pairOf(answer.headers['set-cookie']?.[0])
          const again = await ask(stand.url, { headers: { cookie: kept } })
          expect(again.answer.headers['x-version']).to.equal(answer.headers['x-version'])
          cookies[n] = kept
          return answer.headers['x-version'] === 'canary' ? n : -1
        }),
      )
      reached.push(met.filter((n) => n >= 0).join())
    }
    const counts = reached.map((one) => (one === '' ? 0 : one.split(',').length))
    // 400 draws of 0.3: three standard deviations are 27.5.
    expect(counts.reduce((sum, count) => sum + count, 0)).to.be.closeTo(120, 36)
    expect(new Set(reached).size).to.be.greaterThan(30)
    const draws = stand.proxy.counters(Date.now()).map(({ revision, firstDraws }) => [revision, firstDraws])
    expect(new Map(draws as [string, number][])).to.deep.equal(
      new Map([
        ['a', 400 - counts.reduce((sum, count) => sum + count, 0)],
        ['b', counts.reduce((sum, count) => sum + count, 0)],
      ]),
    )
  })

  it('are all at the stable version once the release is reverted', async () => {
    await using stand = await createStand({ sticky: 'cookie' })
    const [old, canary] = [await named(stand, 'old'), await named(stand, 'canary')]
    const routes = (weight: number) => [
      { revision: 'b', weight, backends: [canary] },
      { revision: 'a', weight: 100 - weight, backends: [old] },
    ]
    stand.route(routes(99), [], 'shop-1')
    const { answer } = await ask(stand.url)
    stand.route(routes(0))
    const cookie = pairOf(answer.headers['set-cookie']?.[0])
    expect((await ask(stand.url, { headers: { cookie } })).answer.headers['x-version']).to.equal('old')
  })
})
