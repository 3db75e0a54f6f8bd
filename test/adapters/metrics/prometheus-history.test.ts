import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RangeRow } from '../../../adapters/metrics/prometheus-client.ts'
import { blockFor, historiesOf } from '../../../adapters/metrics/prometheus-history.ts'
import { storedPrometheusConfig } from '../../../adapters/metrics/prometheus-config.ts'
import { prometheusMetrics } from '../../../adapters/metrics/prometheus.ts'

const config = storedPrometheusConfig.parse(prometheusMetrics.config.parse({ url: 'http://127.0.0.1:9090', interval: '5s' }))
const wanted = {
  ref: { service: 'shop', environment: 'production' },
  versions: { r1: '1.0.0' },
  edgesMs: [100],
  queries: [],
  needed: { matches: [], edgesMs: [] },
}

/** Points every 5 s from 1,000 s: [requests, errors], or null for none; `at` is how old each sample is. */
function rowsOf(
  points: readonly (readonly [number, number] | null)[],
  ageSeconds: (index: number) => number = () => 1,
): RangeRow[] {
  const row = (part: string, value: (point: readonly [number, number], index: number) => number, more = {}): RangeRow => ({
    metric: { revision: 'r1', replica: 'a', holdfast_part: part, ...more },
    values: points.flatMap((point, index): [number, string][] =>
      point ? [[1_000 + 5 * index, String(value(point, index))]] : [],
    ),
  })
  return [
    row('at', (_, index) => 1_000 + 5 * index - ageSeconds(index)),
    row('requests', ([requests]) => requests),
    row('errors', ([, errors]) => errors),
    row('answers', ([requests]) => requests, { code: '404' }),
    row('entered', ([requests]) => requests, { edge_ms: '100' }),
    row('slow', ([, errors]) => errors, { edge_ms: '100' }),
  ]
}
const blocksOf = (rows: readonly RangeRow[]) =>
  historiesOf(config, wanted, rows, 5_000).map(({ startMs, blocks }) => [
    startMs,
    blocks.map(({ requests, errors }) => [requests, errors]),
  ])

describe('the history from a Prometheus', () => {
  it('is the counts between its points, by metric and edge', () => {
    const [history, ...others] = historiesOf(
      config,
      wanted,
      rowsOf([
        [10, 1],
        [30, 4],
        [30, 4],
      ]),
      5_000,
    )
    expect(others).to.deep.equal([])
    expect(history).to.deep.equal({
      replica: 'a',
      startMs: 1_000_000,
      blockMs: 5_000,
      blocks: [
        { requests: 20, errors: 3, clientErrors: 20, slow: [3] },
        { requests: 0, errors: 0, clientErrors: 0, slow: [0] },
      ],
    })
  })

  it('has a break at a restart, a gap and a point that was not sampled, and invents nothing for them', () => {
    expect(
      blocksOf(
        rowsOf([
          [10, 1],
          [20, 1],
          [3, 0],
          [5, 2],
        ]),
      ),
    ).to.deep.equal([
      [1_000_000, [[10, 0]]],
      [1_010_000, [[2, 2]]],
    ])
    expect(blocksOf(rowsOf([[10, 0], [20, 0], null, [90, 9], [91, 9]]))).to.deep.equal([
      [1_000_000, [[10, 0]]],
      [1_015_000, [[1, 0]]],
    ])
    // Prometheus lost the target: for five minutes it answers with the last sample.
    const age = (index: number) => (index === 2 ? 11 : 1)
    expect(
      blocksOf(
        rowsOf(
          [
            [10, 0],
            [20, 0],
            [20, 0],
            [90, 9],
            [91, 9],
          ],
          age,
        ),
      ),
    ).to.deep.equal([
      [1_000_000, [[10, 0]]],
      [1_015_000, [[1, 0]]],
    ])
  })

  it('is as fine as blocks that each get the same number of scrapes, and empty when there are none', () => {
    const [tenMinutes, sixHours] = [600_000, 6 * 3_600_000]
    expect([blockFor(1_000, tenMinutes), blockFor(1_000, sixHours)]).to.deep.equal([1_000, 5_000])
    expect([blockFor(5_000, tenMinutes), blockFor(15_000, tenMinutes), blockFor(30_000, sixHours)]).to.deep.equal([
      5_000, 60_000, 60_000,
    ])
    expect([blockFor(7_000, tenMinutes), blockFor(120_000, tenMinutes)]).to.deep.equal([null, null])
  })
})
