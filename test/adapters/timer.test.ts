/** Timers that work for any duration. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mock } from 'node:test'
import { pause, startPatience, startTimer, within } from '../../adapters/timer.ts'

const day = 86_400_000
const pieceMs = 2 ** 31 - 1

/** A mock of Node's timers. It accepts any duration, so the tests assert that each piece fits into 31 bits. */
function clock(): { pass(ms: number): void; longestMs(): number } & Disposable {
  let longestMs = 0
  mock.timers.enable({ apis: ['setTimeout'] })
  const mocked = globalThis.setTimeout
  globalThis.setTimeout = ((onEnd: () => void, ms: number, ...rest: []) => {
    longestMs = Math.max(longestMs, ms)
    return mocked(onEnd, ms, ...rest)
  }) as typeof setTimeout
  return {
    // Tick by one piece at most: a timer that starts within a tick of the mock starts at the tick's end.
    pass(ms) {
      for (let leftMs = ms; leftMs > 0; leftMs -= pieceMs) mock.timers.tick(Math.min(leftMs, pieceMs))
    },
    longestMs: () => longestMs,
    [Symbol.dispose]: () => {
      globalThis.setTimeout = mocked
      mock.timers.reset()
    },
  }
}

describe('a timer', () => {
  for (const durationMs of [1, 250, pieceMs, pieceMs + 1, 26 * day, 600 * 3_600_000, 1_000 * day])
    it(`of ${durationMs} ms ends after ${durationMs} ms, not one earlier, and once`, () => {
      using time = clock()
      let ended = 0
      startTimer(durationMs, () => ended++)
      time.pass(durationMs - 1)
      expect(ended).to.equal(0)
      time.pass(1)
      expect(ended).to.equal(1)
      time.pass(durationMs + 1)
      expect(ended).to.equal(1)
      expect(time.longestMs()).to.be.at.most(pieceMs)
    })

  it('that was cancelled never ends, in any of its pieces', () => {
    using time = clock()
    let ended = 0
    for (const passedMs of [1, 26 * day, 99 * day]) {
      const timer = startTimer(100 * day, () => ended++)
      time.pass(passedMs)
      timer.cancel()
      timer.cancel()
      time.pass(200 * day)
    }
    expect(ended).to.equal(0)
  })

  it('of zero or less ends in the next turn, of Infinity never, and without a number is refused', async () => {
    for (const durationMs of [0, -5]) await new Promise<void>((resolve) => void startTimer(durationMs, resolve))
    using time = clock()
    startTimer(Infinity, () => expect.fail('it ended'))
    time.pass(1_000 * day)
    expect(() => startTimer(Number.NaN, () => {})).to.throw(RangeError)
  })
})

describe('patience', () => {
  it('that was cancelled in time does not end, even while its end is already due', async () => {
    let isOver = false
    const patience = startPatience(1, () => (isOver = true))
    const cancelled = new Promise<void>((resolve) => setTimeout(() => resolve(patience.cancel()), 1))
    // Both are due in the loop's next turn. The second cancels the first before its end is reported.
    for (const until = performance.now() + 10; performance.now() < until; );
    await cancelled
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(isOver).to.equal(false)
  })
})

describe('a pause', () => {
  it('ends with its time or its signal, and leaves no listener', async () => {
    const stop = new AbortController()
    await pause(1, stop.signal)
    const long = pause(1_000 * day, stop.signal)
    stop.abort()
    await long
    await pause(1_000 * day, stop.signal)
  })
})

describe('a time limit', () => {
  it('of 600 h lets short work finish, and one of 1 ms ends it with a TimeoutError', async () => {
    const work = (ms: number) => (signal: AbortSignal) => pause(ms, signal).then(() => signal.aborted)
    expect(await within(600 * 3_600_000, work(20))).to.equal(false)
    expect(await within(1, work(1_000 * day))).to.equal(true)
    const failed = await within(1, async (signal) => {
      await pause(1_000 * day, signal)
      signal.throwIfAborted()
    }).catch((error: unknown) => (error as Error).name)
    expect(failed).to.equal('TimeoutError')
  })
})
