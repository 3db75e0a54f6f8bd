/** The stored counts of a replica's last hours. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createHistory } from '../../../local-runtime/proxy/history.ts'
import { ask, createStand, until } from './stand.ts'

const start = 1_700_000_000_000
const minute = 60_000
const hour = 60 * minute

describe('a history', () => {
  it('has whole blocks of one second, with errors, client errors and slow ones by edge', () => {
    const history = createHistory([100, 500], start)
    history.record(start + 100, false, false, 20)
    history.record(start + 900, true, false, 600)
    history.record(start + 1_100, false, true, 200)
    history.recordAborted(start + 1_200, 150)
    const { startMs, blockMs, blocks } = history.read('r', start, start + 2_500, [100, 500])
    expect({ startMs, blockMs }).to.deep.equal({ startMs: start, blockMs: 1_000 })
    expect(blocks).to.deep.equal([
      { requests: 2, errors: 1, clientErrors: 0, slow: [1, 1] },
      { requests: 1, errors: 0, clientErrors: 1, slow: [2, 0] },
    ])
  })

  it('keeps ten minutes by the second and six hours by five seconds, and drops older blocks', () => {
    const history = createHistory([], start)
    for (let atMs = start; atMs < start + 7 * hour; atMs += 500) history.record(atMs, false, false, 1)
    const until = start + 7 * hour
    const fine = history.read('r', until - 10 * minute, until, [])
    const coarse = history.read('r', until - 6 * hour, until, [])
    const all = history.read('r', start, until, [])
    expect([fine.blockMs, fine.blocks.length]).to.deep.equal([1_000, 600])
    expect([coarse.blockMs, coarse.blocks.length]).to.deep.equal([5_000, 4_320])
    expect(all.startMs).to.be.at.least(until - 6 * hour - 5_000)
    expect(fine.blocks.every(({ requests }) => requests === 2)).to.equal(true)
    expect(coarse.blocks.every(({ requests }) => requests === 10)).to.equal(true)
  })

  it('continues while edges come and go: a new edge begins at zero', () => {
    const history = createHistory([500], start)
    history.record(start + 100, true, false, 600)
    history.change([100, 500])
    history.record(start + 200, false, false, 200)
    const read = (edgesMs: readonly number[]) => history.read('r', start, start + 1_000, edgesMs).blocks
    expect(read([100, 500, 900])).to.deep.equal([{ requests: 2, errors: 1, clientErrors: 0, slow: [1, 1, 0] }])
    history.change([500])
    expect(read([500])).to.deep.equal([{ requests: 2, errors: 1, clientErrors: 0, slow: [1] }])
  })

  it('shows silence as blocks of zero, never as old counts', () => {
    const history = createHistory([], start)
    history.record(start, true, false, 1)
    history.record(start + 2 * hour, false, false, 1)
    const { blocks } = history.read('r', start + 2 * hour - minute, start + 2 * hour + 5_000, [])
    expect(blocks.reduce((sum, { requests, errors }) => sum + requests + errors, 0)).to.equal(1)
  })

  it('counts in its newest block when the clock was set back', () => {
    const history = createHistory([], start)
    history.record(start + 10_000, false, false, 1)
    history.record(start + 2_000, false, false, 1)
    expect(history.read('r', start + 10_000, start + 11_000, []).blocks.map(({ requests }) => requests)).to.deep.equal([2])
  })

  it('of a proxy has each replica of the revision', async () => {
    await using stand = await createStand()
    const backend = await stand.backend('r', (_, response) => response.end())
    const since = Date.now()
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    await ask(stand.url)
    const counted = () => stand.proxy.history('a', since - 1_000).flatMap(({ blocks }) => blocks.map(({ requests }) => requests))
    await until(() => counted().includes(1))
    expect(stand.proxy.history('a', since).map(({ replica }) => replica)).to.deep.equal(['r'])
    expect(stand.proxy.history('b', since)).to.deep.equal([])
  })
})
