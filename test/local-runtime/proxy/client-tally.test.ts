/** How sticky clients are counted and remembered. */
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { ClientPart } from '../../../adapters/metrics/client-counters.ts'
import { clientParts, clientsOf } from '../../../adapters/metrics/client-counters.ts'
import { parsePrometheusText } from '../../../adapters/metrics/prometheus-text.ts'
import { createClientMemory } from '../../../local-runtime/proxy/client-memory.ts'
import { createClientTally, firstRun } from '../../../local-runtime/proxy/client-tally.ts'
import { prometheusText } from '../../../local-runtime/proxy/prometheus-text.ts'
import { ask, createStand } from './stand.ts'

const errorsOf = (tally: ReturnType<typeof createClientTally>) => tally.read(['errors'], 0)?.kinds['errors']

describe('the count of sticky clients at a replica', () => {
  it('is one error for a client that always fails, and the next only after good answers, twice as many each time', () => {
    const [memory, tally] = [createClientMemory(), createClientTally()]
    const bad = (isBad: boolean, times: number) => {
      for (let n = 0; n < times; n += 1) tally.outcome({ judged: memory.find('a', false), memory }, isBad ? ['errors'] : [], 0)
      return errorsOf(tally)?.bad
    }
    expect(bad(true, 100)).to.equal(1)
    expect([bad(false, firstRun - 1), bad(true, 1)]).to.deep.equal([1, 1])
    expect([bad(false, firstRun), bad(true, 1)]).to.deep.equal([1, 2])
    expect([bad(false, firstRun), bad(true, 1)]).to.deep.equal([2, 2])
    expect([bad(false, 2 * firstRun), bad(true, 1)]).to.deep.equal([2, 3])
  })

  it('is one turn a second for a client, never falls, and never has more bad turns than turns', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.integer({ min: 0, max: 5 }), fc.boolean())
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [memory, tally] = [createClientMemory(2), createClientTally()]
        let before = { bad: 0, requests: 0, turns: 0, newBad: 0, newTurns: 0 }
        for (const [client, isBad, second, isNew] of steps) {
          tally.outcome({ judged: memory.find(String(client), isNew), memory }, isBad ? ['errors'] : [], second * 1_000)
          const now = errorsOf(tally) ?? before
          for (const part of ['bad', 'requests', 'turns', 'newBad', 'newTurns'] as const)
            expect(now[part]).to.be.at.least(before[part])
          expect(now.bad).to.be.at.most(Math.min(now.requests, now.turns))
          expect(now.newBad).to.be.at.most(now.newTurns)
          before = now
        }
      }),
      { seed: 8 },
    )
  })
})

describe('the memory of sticky clients', () => {
  it('has a bound at which no client is forgotten: other returning clients are not counted, and new ones take no memory', () => {
    const memory = createClientMemory(2)
    const first = memory.find('a', false)
    for (let n = 0; n < 10; n += 1) expect(memory.find(`new ${n}`, true)).not.to.equal(null)
    expect(memory.find('b', false)).not.to.equal(null)
    expect(memory.find('c', false)).to.equal(null)
    expect(memory.find('a', false)).to.equal(first)
    memory.enter('shop-2')
    expect(memory.find('c', false)).not.to.equal(null)
  })
})

describe('a proxy with sticky clients', () => {
  it('counts a client that always fails once, from its first request on, and all of its requests as requests', async () => {
    await using stand = await createStand({ sticky: 'cookie' })
    const bad = await stand.backend('bad', (_, response) => void response.writeHead(500).end())
    stand.route([{ revision: 'a', weight: 100, backends: [bad] }])
    const { answer } = await ask(stand.url)
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    for (let n = 0; n < 9; n += 1) await ask(stand.url, { headers: { cookie } })
    const [counted] = stand.proxy.counters(Date.now())
    expect([counted?.requests, counted?.errors]).to.deep.equal([10, 10])
    expect(counted?.clients?.kinds['errors']).to.include({ bad: 1, requests: 1, newBad: 1, failing: 1 })
  })

  it('exposes its counts of clients as they are read', async () => {
    await using stand = await createStand({ sticky: 'cookie' })
    const bad = await stand.backend('bad', (_, response) => void response.writeHead(404).end())
    stand.route([{ revision: 'a', weight: 100, backends: [bad] }])
    const { answer } = await ask(stand.url)
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    for (let n = 0; n < 4; n += 1) await ask(stand.url, { headers: { cookie } })
    const samples = stand.proxy.counters(Date.now())
    const counters = { samples, weights: {}, unrouted: 0, ledger: stand.proxy.ledger() }
    const text = prometheusText([{ ref: { service: 'shop', environment: 'prod' }, counters }])
    const parts = new Map<string, ClientPart>()
    for (const { name, labels, value } of parsePrometheusText(text)) {
      const [part, kind] = [clientParts[name], labels['kind']]
      if (part !== undefined && kind !== undefined) parts.set(kind, { ...parts.get(kind), [part]: value })
    }
    expect(clientsOf(parts).clients).to.deep.equal(samples[0]?.clients)
    expect(samples[0]?.clients?.active).to.equal(1)
    expect(samples[0]?.clients?.kinds['4xx']).to.include({ failing: 1, lasting: 0 })
  })
})
