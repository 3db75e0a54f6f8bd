/** Which version gets a request: by weight, by cookie, by the direct header, and never an unhealthy one. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDraw } from '../../../local-runtime/proxy/draw.ts'
import { directHeader } from '../../../local-runtime/proxy/proxy.ts'
import { ask, createStand, deadPort, directSecret } from './stand.ts'
import type { Stand } from './stand.ts'

const named = (stand: Stand, name: string) =>
  stand.backend(name, (request, response) => response.setHeader('x-version', name).end(JSON.stringify(request.headers)))

const versions = async (url: string, times: number, headers: Record<string, string> = {}): Promise<string[]> => {
  const seen: string[] = []
  for (let time = 0; time < times; time++) seen.push(String((await ask(url, { headers })).answer.headers['x-version']))
  return seen
}

const counted = (stand: Stand) => stand.proxy.counters(Date.now())

describe('the draw', () => {
  it('gives a weight of 10 % a tenth of the requests, and draws successive requests independently', () => {
    const draw = createDraw(new Uint32Array([1, 2, 3, 4]))
    const hits = Array.from({ length: 100_000 }, () => draw() < 0.1)
    const pairs = hits.filter((hit, index) => hit && hits[index + 1]).length
    expect(hits.filter(Boolean).length).to.be.closeTo(10_000, 400)
    expect(pairs).to.be.closeTo(1_000, 130)
  })
})

describe('a weight', () => {
  it('is in force for the next request', async () => {
    await using stand = await createStand()
    const [old, canary] = [await named(stand, 'old'), await named(stand, 'canary')]
    for (let time = 0; time < 20; time++) {
      const weight = time % 2 === 0 ? 100 : 0
      stand.route([
        { revision: 'a', weight: 100 - weight, backends: [old] },
        { revision: 'b', weight, backends: [canary] },
      ])
      expect(await versions(stand.url, 2)).to.deep.equal(Array(2).fill(weight === 100 ? 'canary' : 'old'))
    }
    expect(stand.proxy.effective()).to.deep.equal({ weights: { a: 100, b: 0 }, generation: 20 })
  })

  it("goes to the other versions while its revision has no healthy backend: each request is that revision's error, and the effective weights show it", async () => {
    await using stand = await createStand()
    const old = await named(stand, 'old')
    stand.route([
      { revision: 'a', weight: 10, backends: [old] },
      { revision: 'b', weight: 90, backends: [] },
    ])
    expect(stand.proxy.effective().weights).to.deep.equal({ a: 100, b: 0 })
    expect(new Set(await versions(stand.url, 200))).to.deep.equal(new Set(['old']))
    const [served, missed] = ['old', 'b-none'].map((name) => counted(stand).find(({ replica }) => replica === name))
    expect(missed).to.include({ revision: 'b', errors: missed?.requests })
    expect(missed?.requests).to.be.within(160, 199)
    expect(served).to.include({ requests: 200 - (missed?.requests ?? 0), errors: 0 })
    const edges = [missed, served].flatMap((one) => one?.edges ?? []).filter(({ edgeMs }) => edgeMs === 100)
    expect(edges.map(({ entered }) => entered)).to.deep.equal([missed?.requests, served?.requests])
  })

  it('shows in the split as drawn, whichever version is down', async () => {
    await using stand = await createStand()
    const [old, canary] = [await named(stand, 'old'), await named(stand, 'canary')]
    for (const [a, b] of [
      [[old], []],
      [[], [canary]],
      [[], []],
      [[old], [canary]],
    ] as const) {
      stand.route([
        { revision: 'a', weight: 50, backends: a },
        { revision: 'b', weight: 50, backends: b },
      ])
      await versions(stand.url, 100)
    }
    const of = (name: string) =>
      counted(stand).reduce((sum, { revision, requests }) => sum + (revision === name ? requests : 0), 0)
    expect(of('a') + of('b')).to.equal(400)
    expect(of('b')).to.be.within(150, 250)
  })

  it('keeps the requests that a revision missed for as long as the revision exists, whichever processes come and go', async () => {
    await using stand = await createStand()
    const [old, again] = [await named(stand, 'old'), await deadPort()]
    const route = (replica: string | null) =>
      stand.route([{ revision: 'a', weight: 100, backends: replica === null ? [] : [{ replica, port: again }] }])
    route(null)
    await ask(stand.url)
    for (let life = 0; life < 100; life++) route(`r-${life}`)
    expect(counted(stand).find(({ replica }) => replica === 'a-none')).to.include({ requests: 1, errors: 1 })
    stand.route([{ revision: 'a', weight: 100, backends: [old] }])
    await versions(stand.url, 3)
    expect(counted(stand).find(({ replica }) => replica === 'a-none')).to.include({ requests: 1, errors: 1 })
  })

  it('is no error of a revision whose replicas the runtime itself ended, for a limited time', async () => {
    await using stand = await createStand()
    const old = await named(stand, 'old')
    const route = (excusedUntilMs: number) =>
      stand.route([
        { revision: 'a', weight: 1, backends: [old] },
        { revision: 'b', weight: 99, backends: [], excusedUntilMs },
      ])
    route(Date.now() + 60_000)
    await versions(stand.url, 50)
    expect(counted(stand).some(({ revision }) => revision === 'b')).to.equal(false)
    route(Date.now() - 1)
    await versions(stand.url, 50)
    expect(counted(stand).find(({ revision }) => revision === 'b')?.errors).to.be.within(40, 50)
  })

  it('of zero means never: without another healthy version the answer is 503 at once, an error of the revision that the request was drawn for', async () => {
    await using stand = await createStand()
    const canary = await named(stand, 'canary')
    stand.route([
      { revision: 'a', weight: 100, backends: [] },
      { revision: 'b', weight: 0, backends: [canary] },
    ])
    const { status, answer, body } = await ask(stand.url)
    expect(status).to.equal(503)
    expect(answer.headers['content-type']).to.equal('application/problem+json')
    expect(answer.headers['retry-after']).to.equal('1')
    expect(JSON.parse(body)).to.include({ status: 503, title: 'Service Unavailable' })
    expect(stand.proxy.unrouted()).to.equal(1)
    expect(counted(stand).map(({ replica, requests, errors }) => [replica, requests, errors])).to.deep.equal([
      ['canary', 0, 0],
      ['a-none', 1, 1],
    ])
  })

  it('is spread evenly over the replicas of its revision', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await named(stand, 'one'), await named(stand, 'two')] }])
    await versions(stand.url, 10)
    expect(stand.proxy.counters(Date.now()).map(({ requests }) => requests)).to.deep.equal([5, 5])
  })
})

describe('the direct header', () => {
  it('reaches a revision without weight, is not counted, and is not forwarded to the backend', async () => {
    await using stand = await createStand()
    stand.route([
      { revision: 'a', weight: 100, backends: [await named(stand, 'old')] },
      { revision: 'b', weight: 0, backends: [await named(stand, 'canary')] },
    ])
    const { name, value } = directHeader(directSecret, 'b')
    const { answer, body } = await ask(stand.url, { headers: { [name]: value } })
    expect(answer.headers['x-version']).to.equal('canary')
    expect(JSON.parse(body)).to.not.have.property(name)
    expect(stand.proxy.counters(Date.now()).map(({ requests }) => requests)).to.deep.equal([0, 0])
  })

  it('made with another secret is an ordinary request', async () => {
    await using stand = await createStand()
    stand.route([
      { revision: 'a', weight: 100, backends: [await named(stand, 'old')] },
      { revision: 'b', weight: 0, backends: [{ replica: 'dead', port: await deadPort() }] },
    ])
    const { name, value } = directHeader('a guess', 'b')
    expect(await versions(stand.url, 3, { [name]: value })).to.deep.equal(['old', 'old', 'old'])
  })
})
