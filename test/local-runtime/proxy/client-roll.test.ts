/** The roll of active and failing sticky clients, by replica. */
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { createClientMemory } from '../../../local-runtime/proxy/client-memory.ts'
import { failsFrom } from '../../../local-runtime/proxy/client-roll.ts'
import { createClientTally } from '../../../local-runtime/proxy/client-tally.ts'

function createScene() {
  const memory = createClientMemory()
  return {
    memory,
    ask(tally: ReturnType<typeof createClientTally>, id: string, bad: readonly string[], second = 0, times = 1, isNew = false) {
      for (let n = 0; n < times; n += 1) tally.outcome({ judged: memory.find(id, isNew), memory }, bad, second * 1_000)
    },
    /** The numbers of failing and of active clients. */
    of(tally: ReturnType<typeof createClientTally>, second = 0, kind = 'errors') {
      const read = tally.read([kind], second * 1_000)
      return [read?.kinds[kind]?.failing, read?.active]
    },
  }
}

describe('the roll of sticky clients', () => {
  it('lists a returning client after four answers, as failing once four of its last 16 were bad, until 16 in a row are good', () => {
    const [{ ask, of }, tally] = [createScene(), createClientTally()]
    ask(tally, 'x', ['errors'], 0, failsFrom - 1)
    expect(of(tally)).to.deep.equal([0, 0])
    ask(tally, 'x', ['errors'])
    expect(of(tally)).to.deep.equal([1, 1])
    ask(tally, 'x', [], 0, 15)
    expect(of(tally), '15 good ones').to.deep.equal([1, 1])
    ask(tally, 'x', [])
    expect(of(tally), '16').to.deep.equal([0, 1])
    for (let n = 0; n < 10; n += 1) {
      ask(tally, 'x', ['errors'])
      ask(tally, 'x', [], 0, 5)
    }
    expect(of(tally), 'three of 16, again and again').to.deep.equal([0, 1])
  })

  it('is kept by kind of bad answer, and drops clients without a request for a minute', () => {
    const [{ ask, of }, tally] = [createScene(), createClientTally()]
    ask(tally, 'x', ['404', '4xx'], 10, 5)
    ask(tally, 'y', [], 40, 5)
    expect([of(tally, 40, '4xx'), of(tally, 40)]).to.deep.equal([
      [1, 2],
      [0, 2],
    ])
    expect(of(tally, 69, '4xx')).to.deep.equal([1, 2])
    expect(of(tally, 70, '4xx')).to.deep.equal([0, 1])
    expect(of(tally, 100, '4xx')).to.deep.equal([0, 0])
    ask(tally, 'x', [], 101)
    expect(of(tally, 101, '4xx'), 'it is back as it went').to.deep.equal([1, 1])
  })

  it('lists the clients that have failed for a minute', () => {
    const [{ ask, of }, tally] = [createScene(), createClientTally()]
    const lasting = (second: number) => tally.read(['errors'], second * 1_000)?.kinds['errors']?.lasting
    for (let second = 0; second < 64; second += 2) ask(tally, 'x', second % 4 === 0 ? ['errors'] : [], second)
    // Every other answer is bad: the fourth bad one came at 12.
    expect([of(tally, 63), lasting(63)]).to.deep.equal([[1, 1], 0])
    ask(tally, 'x', ['errors'], 72)
    expect(lasting(72)).to.equal(1)
    ask(tally, 'x', [], 73, 16)
    ask(tally, 'x', ['errors'], 74, 4)
    expect([of(tally, 74), lasting(74)]).to.deep.equal([[1, 1], 0])
  })

  it('lists a client once, at the replica that answered last, of any version, and is reset by a release', () => {
    const { ask, of, memory } = createScene()
    const [stable, canary] = [createClientTally(), createClientTally()]
    ask(stable, 'x', ['errors'], 0, 4)
    expect(of(stable)).to.deep.equal([1, 1])
    ask(canary, 'x', [])
    expect([of(stable), of(canary)], 'moved by a larger weight').to.deep.equal([
      [0, 0],
      [1, 1],
    ])
    ask(canary, 'x', [], 0, 15)
    expect(of(canary), 'and better off there').to.deep.equal([0, 1])
    memory.enter('shop-2')
    expect(of(canary)).to.deep.equal([0, 0])
  })

  it('lists no new clients, however many there are', () => {
    const [{ ask, of }, tally] = [createScene(), createClientTally()]
    for (let n = 0; n < 100; n += 1) ask(tally, `new ${n}`, ['errors'], 0, 10, true)
    expect(of(tally)).to.deep.equal([0, 0])
  })

  it('never lists more failing than active clients, nor a negative number, whatever the clock does', () => {
    const step = fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 200 }),
      fc.boolean(),
      fc.boolean(),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { ask, of } = createScene()
        const tallies = [createClientTally(), createClientTally()] as const
        for (const [client, isBad, second, isNew, isSecond] of steps) {
          ask(tallies[isSecond ? 1 : 0], String(client), isBad ? ['errors'] : [], second, 1, isNew)
          for (const tally of tallies) {
            const [failing = 0, active = 0] = of(tally, second)
            expect(failing).to.be.within(0, active)
            expect(active).to.be.at.most(6)
          }
        }
      }),
      { seed: 8 },
    )
  })
})
