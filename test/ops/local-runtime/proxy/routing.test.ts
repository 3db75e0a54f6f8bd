/** Who gets a request: by weight, by cookie, by the direct header, and never without health. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDraw } from '../../../../ops/local-runtime/proxy/draw.ts'
import { directHeader } from '../../../../ops/local-runtime/proxy/proxy.ts'
import { ask, createStand, deadPort, directSecret } from './stand.ts'
import type { Stand } from './stand.ts'

const named = (stand: Stand, name: string) =>
  stand.backend(name, (request, response) => response.setHeader('x-version', name).end(JSON.stringify(request.headers)))

const versions = async (url: string, times: number, headers: Record<string, string> = {}): Promise<string[]> => {
  const seen: string[] = []
  for (let time = 0; time < times; time++) seen.push(String((await ask(url, { headers })).answer.headers['x-version']))
  return seen
}

describe('the draw', () => {
  it('gives a weight of 10 % a tenth, and neighbours independently of each other', () => {
    const draw = createDraw(new Uint32Array([1, 2, 3, 4]))
    const hits = Array.from({ length: 100_000 }, () => draw() < 0.1)
    const pairs = hits.filter((hit, index) => hit && hits[index + 1]).length
    expect(hits.filter(Boolean).length).to.be.closeTo(10_000, 400)
    expect(pairs).to.be.closeTo(1_000, 130)
  })
})

describe('a weight', () => {
  it('holds for the very next request', async () => {
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

  it('goes to the others while its revision has no healthy backend, and effective says so', async () => {
    await using stand = await createStand()
    const old = await named(stand, 'old')
    stand.route([
      { revision: 'a', weight: 10, backends: [old] },
      { revision: 'b', weight: 90, backends: [] },
    ])
    expect(stand.proxy.effective().weights).to.deep.equal({ a: 100, b: 0 })
    expect(new Set(await versions(stand.url, 10))).to.deep.equal(new Set(['old']))
  })

  it('of zero means never: with nothing else healthy the answer is 503 at once, and no replica has counted it', async () => {
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
    expect(stand.proxy.counters(Date.now()).map(({ requests }) => requests)).to.deep.equal([0])
  })

  it('is shared evenly by the replicas of its revision', async () => {
    await using stand = await createStand()
    stand.route([{ revision: 'a', weight: 100, backends: [await named(stand, 'one'), await named(stand, 'two')] }])
    await versions(stand.url, 10)
    expect(stand.proxy.counters(Date.now()).map(({ requests }) => requests)).to.deep.equal([5, 5])
  })
})

describe('the direct header', () => {
  it('reaches a revision without weight, is in no counter, and never gets to the backend', async () => {
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
