import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createNewOnes, logStream } from '../../api/log-stream.ts'

const row = (n: number, replica = 'r-0', line = 'the same line') => ({ n, atMs: n, replica, version: '1.0.0', line })
const rows = (from: number, to: number, replica?: string) =>
  Array.from({ length: to - from + 1 }, (_, at) => row(from + at, replica))
const numbers = (some: readonly { n: number }[]) => some.map(({ n }) => n)

describe('lines that are followed', () => {
  it('are sent once and in order, though the first read is shorter than the next ones and all lines are equal', () => {
    const newOf = createNewOnes()
    expect(numbers(newOf(rows(101, 300)))).to.deep.equal(numbers(rows(101, 300)))
    expect(newOf(rows(1, 300))).to.deep.equal([])
    expect(numbers(newOf(rows(1, 302)))).to.deep.equal([301, 302])
    expect(numbers(newOf(rows(250, 305)))).to.deep.equal([303, 304, 305])
  })

  it('are sent in the order in which they were printed, whichever replica is read first', () => {
    expect(numbers(createNewOnes()([row(2, 'b'), row(4, 'b'), row(1, 'a'), row(3, 'a')]))).to.deep.equal([1, 2, 3, 4])
  })

  it('are sent once for each replica, whichever file was read first', () => {
    const newOf = createNewOnes()
    expect(numbers(newOf([row(1, 'a'), row(3, 'a')]))).to.deep.equal([1, 3])
    // In b, 2 was cut off, and 4 was written while a's file was read.
    expect(numbers(newOf([row(2, 'b'), row(4, 'b'), row(1, 'a'), row(3, 'a'), row(5, 'a')]))).to.deep.equal([4, 5])
    expect(numbers(newOf([row(2, 'b'), row(4, 'b'), row(6, 'b'), row(5, 'a')]))).to.deep.equal([6])
  })

  it('are streamed as they were printed: the last 200 of 300 lines, then new ones', async () => {
    const answers = [rows(101, 300), rows(1, 300), rows(1, 303)]
    const target = { logs: async () => answers.shift() ?? [] }
    const stop = new AbortController()
    const query = { ref: { service: 'shop', environment: 'production' }, version: undefined, lines: 200, sinceMs: 0 }
    const told: number[] = []
    for await (const piece of logStream(target, query, stop.signal)) {
      if (piece.startsWith('data: ')) told.push(Date.parse((JSON.parse(piece.slice(6)) as { at: string }).at))
      if (told.length === 203) stop.abort()
    }
    expect(told).to.deep.equal(numbers(rows(101, 303)))
  }).timeout(10_000)
})
