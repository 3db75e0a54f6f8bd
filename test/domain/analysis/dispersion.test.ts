import { expect } from 'chai'
import { describe, it } from 'mocha'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import { boundPhiFor, dispersionOf, isCut, phiFor, phiOf, testPhiFor } from '../../../domain/analysis/dispersion.ts'
import type { ReplicaHistory } from '../../../domain/analysis/counters.ts'
import { createDraws, plan } from './scene.ts'

interface Shape {
  readonly replicas: number
  readonly seconds: number
  readonly blockMs: number
  /** Clusters per second and replica; the errors in each; the seconds that a cluster lasts. */
  readonly rate: number
  readonly size: number
  readonly spanSeconds: number
  /** Clusters that hit every replica at once. */
  readonly common?: number
}

/** Histories of replicas whose errors come in clusters. */
function histories(shape: Shape, seed = 3): readonly ReplicaHistory[] {
  const { replicas, seconds, blockMs, rate, size, spanSeconds, common = 0 } = shape
  const draw = createDraws(seed)
  const errors = Array.from({ length: replicas }, () => new Array<number>(seconds).fill(0))
  const hit = (one: number[], second: number) => {
    for (let i = 0; i < size; i += 1) {
      const at = second + Math.floor(draw() * spanSeconds)
      if (at < seconds) one[at] = (one[at] ?? 0) + 1
    }
  }
  for (let second = 0; second < seconds; second += 1) {
    for (const one of errors) if (draw() < rate) hit(one, second)
    if (draw() < common) for (const one of errors) hit(one, second)
  }
  const width = blockMs / 1_000
  return errors.map((one, i) => ({
    replica: `old-${i}`,
    startMs: 0,
    blockMs,
    blocks: Array.from({ length: seconds / width }, (_, at) => ({
      requests: 100 * width,
      errors: one.slice(at * width, (at + 1) * width).reduce((x, y) => x + y, 0),
      clientErrors: 0,
      slow: [0, 0],
    })),
  }))
}

const hour = { replicas: 2, seconds: 3_600, blockMs: 1_000, rate: 0.2, size: 1, spanSeconds: 1 }
const phi = (found: readonly ReplicaHistory[], cap = 50) => phiOf(found, ({ errors }) => errors, cap)

describe('dispersion', () => {
  it('is near 1 when errors come one by one', () => {
    expect(phi(histories(hour)).phi).to.be.within(1, 1.5)
    expect(phi(histories(hour)).basis).to.equal('two-halves')
  })

  it('is about the size of the clusters, for any length of them', () => {
    expect(phi(histories({ ...hour, size: 3 })).phi).to.be.within(2.5, 4.5)
    expect(phi(histories({ ...hour, rate: 0.05, size: 10, spanSeconds: 10 })).phi).to.be.within(7, 14)
    expect(phi(histories({ ...hour, rate: 0.02, size: 30, spanSeconds: 10, blockMs: 5_000 })).phi).to.be.within(20, 45)
  })

  it('does not rise by errors that hit both halves alike, or by halves of unequal size', () => {
    const common = { ...hour, rate: 0.5, common: 0.02, size: 1 }
    expect(phi(histories(common)).phi).to.be.within(1, 1.5)
    expect(phi(histories({ ...hour, replicas: 3, rate: 1 })).phi).to.be.within(1, 1.5)
  })

  it('is that of adjacent blocks with one replica', () => {
    const found = phi(histories({ ...hour, replicas: 1, size: 3 }))
    expect([found.basis, found.phi > 2.5, found.phi < 4]).to.deep.equal(['one-replica', true, true])
  })

  it('is (x - s p)^2 / (s p (1 - p)) of two adjacent blocks, in disjoint pairs, given their requests', () => {
    const row = (requests: number, errors: number) => ({ requests, errors, clientErrors: 0, slow: [] })
    const pair = [row(30, 0), row(10, 2)]
    const blocks = Array.from({ length: 20 }, () => pair).flat()
    // p = 3/4, s = 2: (0 - 1.5)^2 / (2 x 3/16) = 6. Shifted by a block, the pairs are (10, 30) and the same.
    const one = { replica: 'old', startMs: 0, blockMs: 60_000, blocks }
    // The added standard error is 6 x sqrt(2 / 20).
    expect(phi([one]).phi).to.be.closeTo(6 + 6 * Math.sqrt(2 / 20), 1e-9)
    expect(phi([one])).to.include({ measured: 6, pairs: 20, basis: 'one-replica' })
    expect(phi([{ ...one, startMs: 60_000, blocks: [row(10, 2), ...blocks, row(30, 0)] }]).measured).to.equal(6)
    expect(phi([{ ...one, blocks: blocks.slice(2) }])).to.include({ phi: 3, pairs: 19, basis: 'too-few-errors' })
  })

  it('compares two halves of a block with several replicas, and adjacent blocks with one', () => {
    const [first, second] = histories({ ...hour, size: 3 }) as [ReplicaHistory, ReplicaHistory]
    const half = { ...second, blocks: second.blocks.slice(0, 1_800) }
    const found = phi([first, half])
    expect(found.phi).to.be.within(2.5, 4)
    expect(found.pairs).to.be.below(phi([first, second]).pairs)
    expect(found.pairs).to.be.above(phi([{ ...first, blocks: first.blocks.slice(0, 1_800) }, half]).pairs)
  })

  it('is at most the cap, and keeps the measured value when the cap limits it', () => {
    const burst = histories({ ...hour, replicas: 1, rate: 0.02, size: 30, spanSeconds: 10, blockMs: 5_000 })
    expect([phi(burst, 10).phi, isCut(phi(burst, 10)), phi(burst, 10).measured > 10]).to.deep.equal([10, true, true])
    expect(isCut(phi(burst, 50))).to.equal(false)
    const even = phi(histories(hour), 10)
    expect([even.phi > even.measured, even.phi < even.measured + 0.3, isCut(even)]).to.deep.equal([true, true, false])
  })

  it('lets no pair count for more than three caps, so that an incident counts once and not a thousand times', () => {
    const row = (errors: number) => ({ requests: 4_800, errors, clientErrors: 0, slow: [] })
    const blocks = Array.from({ length: 60 }, (_, i) => row(i === 30 ? 2_400 : 24))
    const found = phi([{ replica: 'old', startMs: 0, blockMs: 60_000, blocks }], 10)
    // 29 pairs that are as even as possible, and one that is limited: 30 / 30.
    expect(found).to.deep.equal({ phi: 1, measured: 1, pairs: 30, basis: 'one-replica' })
  })

  it('is 3, and says so, when there were too few errors', () => {
    for (const few of [[], histories({ ...hour, rate: 0.001 }), histories({ ...hour, rate: 0 })])
      expect([phi(few).phi, phi(few).basis]).to.deep.equal([3, 'too-few-errors'])
  })

  it('counts a restarted replica as the replica that it replaces', () => {
    const [first, second] = histories(hour) as [ReplicaHistory, ReplicaHistory]
    const cut = 1_800
    const restarted = [
      { ...first, blocks: first.blocks.slice(0, cut) },
      { ...first, replica: 'old-0 again', startMs: cut * 1_000, blocks: first.blocks.slice(cut) },
      second,
    ]
    expect(phi(restarted)).to.deep.equal(phi([first, second]))
  })

  it('joins fine blocks of minutes with coarse blocks of hours', () => {
    const fine = histories({ ...hour, seconds: 600, rate: 0.1, size: 4 })
    const coarse = histories({ ...hour, blockMs: 5_000 })
    expect(phi(coarse).phi).to.be.below(1.5)
    expect(phi([...fine, ...coarse]).phi).to.be.above(2.5)
  })

  it('counts a stretch once that two spans of history contain in the same blocks', () => {
    const channels = channelsOf(plan.settings.metrics, plan.objective)
    const hours = histories({ ...hour, replicas: 1, blockMs: 5_000, rate: 0.02, size: 10 })
    const minutes = hours.map((one) => ({ ...one, startMs: one.startMs + 3_000_000, blocks: one.blocks.slice(600) }))
    const alone = dispersionOf(channels, hours, [100, 500], 10)
    expect(dispersionOf(channels, [...minutes, ...hours], [100, 500], 10)).to.deep.equal(alone)
    expect(alone['errors']?.phi).to.be.above(5)
  })

  it('is measured per channel, by its own count', () => {
    const channels = channelsOf(plan.settings.metrics, plan.objective)
    const found = dispersionOf(channels, histories({ ...hour, size: 3 }), [100, 500], 10)
    expect(Object.keys(found)).to.deep.equal(['errors', '4xx', 'latency 100 ms', 'latency 500 ms'])
    expect([found['errors']?.basis, found['4xx']?.basis]).to.deep.equal(['two-halves', 'too-few-errors'])
    expect(phiFor({}, 'errors')).to.equal(3)
  })

  it('is of answers by their class, of latency at the edge as the provider has it, and of a query unknown', () => {
    const metrics = [
      { kind: 'status', match: '404', share: 0, dryRun: true },
      { kind: 'status', match: '5xx', share: 0, dryRun: true },
      { kind: 'query', name: 'orders', bad: 'b', total: 't', share: 0, dryRun: true },
      { kind: 'latency', edgesMs: [100, 500, 900], share: 0, dryRun: true },
    ] as const
    // Each count in clusters of its own size, at one replica of two.
    const blocks = (on: boolean) =>
      Array.from({ length: 40 }, () => ({
        requests: 1_000,
        errors: on ? 2 : 0,
        clientErrors: on ? 4 : 0,
        slow: on ? [8, 6] : [0, 0],
      }))
    const two = [true, false].map((on, i) => ({ replica: `old-${i}`, startMs: 0, blockMs: 60_000, blocks: blocks(on) }))
    const found = dispersionOf(channelsOf(metrics, plan.objective), two, [500, 100], 50)
    expect(Object.fromEntries(Object.entries(found).map(([id, one]) => [id, one.measured]))).to.deep.equal({
      '404': 4,
      '5xx': 2,
      'query orders': 3,
      'latency 500 ms': 8,
      'latency 100 ms': 6,
      'latency 900 ms': 3,
      errors: 2,
    })
  })

  it('joins stretches of one replica that follow each other, and drops the shorter of two that overlap by a block', () => {
    const row = (errors: number) => ({ requests: 10, errors, clientErrors: 0, slow: [] })
    const stretch = (startMs: number, blocks: number, errors: number) => ({
      replica: 'old',
      startMs,
      blockMs: 60_000,
      blocks: Array.from({ length: blocks }, (_, i) => row(i % 2 === 0 ? errors : 0)),
    })
    const errorsOf = (...found: readonly ReplicaHistory[]) =>
      dispersionOf(channelsOf([], plan.objective), found, [], 10)['errors']
    expect(errorsOf(stretch(0, 30, 1), stretch(1_800_000, 20, 1))?.pairs).to.equal(25)
    expect(errorsOf(stretch(1_800_000, 20, 1), stretch(0, 30, 1))?.pairs, 'in whatever order').to.equal(25)
    expect(errorsOf(stretch(0, 20, 1), stretch(1_200_000, 30, 1))?.pairs, 'the longer one last').to.equal(25)
    expect(errorsOf(stretch(0, 40, 1), stretch(2_340_000, 20, 1))?.pairs).to.equal(20)
    expect(errorsOf(stretch(2_340_000, 20, 1), stretch(0, 40, 1))?.pairs).to.equal(20)
    expect(errorsOf({ ...stretch(0, 40, 1), replica: 'other' }, stretch(60_000, 38, 1))?.basis).to.equal('two-halves')
  })
})

describe('the blocks that dispersion is measured in', () => {
  const row = (requests: number, errors: number) => ({ requests, errors, clientErrors: 0, slow: [] })
  const times = <T>(count: number, ...of: readonly T[]) => Array.from({ length: count }, () => of).flat()

  it('are put together from finer ones that divide them, requests and errors', () => {
    // As the pair of (30, 0) and (10, 2) above, in halves of a minute.
    const blocks = times(20, row(15, 0), row(15, 0), row(4, 1), row(6, 1))
    expect(phi([{ replica: 'old', startMs: 0, blockMs: 30_000, blocks }])).to.include({ measured: 6, pairs: 20 })
  })

  it('are none of such as divide no size', () => {
    const blocks = times(100, row(30, 0), row(10, 2))
    expect(phi([{ replica: 'old', startMs: 0, blockMs: 7_000, blocks }])).to.include({ pairs: 0, basis: 'too-few-errors' })
  })

  it('are the coarsest that there are, and count nothing twice', () => {
    const [fine, coarse] = [1_000, 5_000].map((blockMs) => histories({ ...hour, blockMs })) as [
      ReplicaHistory[],
      ReplicaHistory[],
    ]
    const channels = channelsOf([], plan.objective)
    const both = dispersionOf(channels, [...fine, ...coarse], [], 50)['errors']
    expect(both?.phi).to.equal(Math.max(phi(fine.map((one) => ({ ...one }))).phi, phi(coarse).phi))
    const bursts = histories({ ...hour, seconds: 600, rate: 0.1, size: 4 })
    expect(
      dispersionOf(channels, [...bursts, ...coarse], [], 50)['errors']?.phi,
      'fine ones show what coarse ones do not',
    ).to.be.above(2.5)
  })

  it('leave out a replica that nobody asked', () => {
    const alone = { replica: 'old-0', startMs: 0, blockMs: 60_000, blocks: times(20, row(30, 0), row(10, 2)) }
    const idle = { ...alone, replica: 'old-1', blocks: times(40, row(0, 0)) }
    expect(phi([idle, alone])).to.deep.equal(phi([alone]))
  })

  it('are the same in whatever order they come', () => {
    const [a, b, c] = histories({ ...hour, replicas: 3, size: 3 }) as [ReplicaHistory, ReplicaHistory, ReplicaHistory]
    const later = (one: ReplicaHistory, by: number) => ({ ...one, startMs: by, blocks: one.blocks.slice(by / 1_000) })
    const [one, two, three] = [a, later(b, 1_000), later(c, 2_000)]
    expect(phi([three, one, two])).to.deep.equal(phi([one, two, three]))
    expect(phi([two, three, one])).to.deep.equal(phi([one, two, three]))
  })
})

describe('what counts are divided by', () => {
  const measured = { phi: 4, measured: 4, pairs: 50, basis: 'two-halves' } as const
  const few = { phi: 3, measured: 3, pairs: 2, basis: 'too-few-errors' } as const
  const of = { errors: measured, '4xx': few }

  it('is what was measured; where too few errors were, the test is cautious and the bound is not', () => {
    expect([phiFor(of, 'errors'), boundPhiFor(of, 'errors')]).to.deep.equal([4, 4])
    expect([phiFor(of, '4xx'), boundPhiFor(of, '4xx')]).to.deep.equal([3, 1])
    expect([phiFor(of, 'other'), boundPhiFor(of, 'other'), phiFor(null, 'errors'), boundPhiFor(null, 'errors')]).to.deep.equal([
      3, 1, 3, 1,
    ])
  })

  it('is for clients what was measured, or 1', () => {
    const [requests, clients] = [false, true].map((byClients) => ['errors', '4xx'].map((id) => testPhiFor(of, id, byClients)))
    expect([requests, clients]).to.deep.equal([
      [4, 3],
      [4, 1],
    ])
  })

  it('is cut only where more was measured', () => {
    expect([isCut({ phi: 10, measured: 10 }), isCut({ phi: 10, measured: 10.1 })]).to.deep.equal([false, true])
  })
})
