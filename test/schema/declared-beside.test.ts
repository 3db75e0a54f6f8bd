import { expect } from 'chai'
import { describe, it } from 'mocha'
import { faultsOf, parse, shop } from './declared.ts'

const target = 'target: { kind: local, command: [x] }'
const environments = (...each: readonly string[]) =>
  `kind: Service\nname: shop\nenvironments: [${each.map((one) => `{ ${one === '' ? '' : `${one}, `}${target} }`).join(', ')}]`
const metrics = (list: string, more = '') => shop(`    analysis: { metrics: ${list}${more} }`)
const query = '{ kind: query, name: a, bad: b, total: t, share: 1 }'

/** Faults between values: each text has these, and no other. */
const rows: readonly (readonly [what: string, text: string, faults: readonly string[]])[] = [
  [
    'two environments without a name',
    environments('', ''),
    ["/environments/0/name 'name' is missing: expected text", "/environments/1/name 'name' is missing: expected text"],
  ],
  [
    'an environment after a number',
    environments('name: a', 'name: b, after: [7]'),
    ['/environments/1/after/0 expected text, got 7'],
  ],
  [
    'an environment after one that follows it by default',
    environments('name: a, after: [b]', 'name: b'),
    ['/environments/0/after a comes after itself', '/environments/1/after b comes after itself'],
  ],
  [
    'a third environment, which follows only the second one',
    environments('name: a, after: [a]', 'name: b, after: []', 'name: c'),
    ['/environments/0/after a comes after itself'],
  ],
  [
    'one without a name that follows one that comes after itself',
    environments('name: a, after: [a]', ''),
    ['/environments/0/after a comes after itself', "/environments/1/name 'name' is missing: expected text"],
  ],
  [
    'a wrong provider of metrics, which is not asked what it counts',
    shop(`    metrics: { kind: scrape, x: 1 }\n    analysis: { metrics: [${query}] }`),
    ["/environments/0/metrics/x unknown key 'x': known are kind"],
  ],
  [
    'no provider of metrics',
    shop(`    metrics: { kind: none, config: {} }\n    analysis: { metrics: [${query}] }`),
    ["/environments/0/metrics/kind there is no 'none': one of: scrape-all, scrape, prometheus"],
  ],
  [
    'a router without a kind, whose configuration is not looked at',
    shop('    traffic: { config: null }'),
    ["/environments/0/traffic/kind 'kind' is missing: expected text"],
  ],
  [
    'a router of a kind that is no text',
    shop('    traffic: { kind: 7, config: null }'),
    ['/environments/0/traffic/kind expected text, got 7'],
  ],
  [
    'a router without a kind that names a split, beside a weight that this split cannot give',
    shop('    traffic: { config: { split: replicas } }\n    strategy: { kind: canary, steps: [{ weight: 60 }] }'),
    ["/environments/0/traffic/kind 'kind' is missing: expected text"],
  ],
  [
    'a provider of metrics without a kind',
    shop('    metrics: { config: null }'),
    ["/environments/0/metrics/kind 'kind' is missing: expected text"],
  ],
  [
    'a metric of no kind',
    metrics('[{ kind: 7, share: 1 }]'),
    ['/environments/0/analysis/metrics/0/kind expected one of errors, status, latency, query, got 7'],
  ],
  ['metrics that are none', metrics('[]'), ['/environments/0/analysis/metrics expected at least 1 entry, got 0']],
  ['metrics that are no list', metrics('x'), ["/environments/0/analysis/metrics expected a list, got 'x'"]],
  [
    'a share that is no number',
    metrics('[{ kind: errors, share: x }]'),
    ["/environments/0/analysis/metrics/0/share expected a number, got 'x'"],
  ],
  [
    'two metrics with a name that only a query has',
    metrics('[{ kind: errors, name: a, share: 0.5 }, { kind: errors, name: a, share: 0.5 }]'),
    [
      "/environments/0/analysis/metrics/0/name unknown key 'name': known are kind, share, dryRun",
      "/environments/0/analysis/metrics/1/name unknown key 'name': known are kind, share, dryRun",
    ],
  ],
  [
    'a margin that is no number',
    metrics('[{ kind: errors, share: 1 }]', ', margin: x'),
    ["/environments/0/analysis/margin expected a number, got 'x'"],
  ],
  [
    'a tolerated ratio that is no number',
    metrics('[{ kind: errors, share: 1 }]', ', h0: x'),
    ["/environments/0/analysis/h0 expected a number, got 'x'"],
  ],
  [
    'a margin equal to the tolerated ratio',
    metrics('[{ kind: errors, share: 1 }]', ', h0: 2, margin: 2'),
    ['/environments/0/analysis/margin margin must be above h0 (2)'],
  ],
  [
    'equal edges',
    metrics('[{ kind: latency, edges: [1s, 1s], share: 1 }]'),
    ['/environments/0/analysis/metrics/0/edges edges must rise'],
  ],
]

describe('a declaration with values that do not fit each other', () => {
  for (const [what, text, faults] of rows)
    it(`is refused for ${what}, and for nothing else`, () => {
      const found = faultsOf(text).map(({ pointer, detail }) => `${pointer} ${detail.replace(/^line \d+, column \d+: /, '')}`)
      expect(found).to.have.members(faults)
      expect(found.length).to.equal(faults.length)
    })

  it('is refused for a first edge that is no duration, and not for the order of edges', () => {
    for (const edge of ['0', '-1', '0s'])
      expect(
        faultsOf(metrics(`[{ kind: latency, edges: [${edge}, 1s], share: 1 }]`)).map(({ pointer }) => pointer),
      ).to.deep.equal(['/environments/0/analysis/metrics/0/edges/0'])
  })

  it('is refused for a weight up to 99 that its router cannot give, and for one of 100 because no step has it', () => {
    const faults = (weight: number) =>
      faultsOf(shop(`    traffic: { kind: halves }\n    strategy: { kind: canary, steps: [{ weight: ${weight} }] }`))
    expect(faults(99).map(({ detail }) => /at most 50 where/.test(detail))).to.deep.equal([true])
    expect(faults(100).map(({ detail }) => /at most 50 where/.test(detail))).to.deep.equal([false])
  })

  it('is read where environments follow each other in any order that ends', () => {
    const text = environments('name: a, after: [c]', 'name: b, after: []', 'name: c')
    expect(parse(text).environments.map(({ after }) => after)).to.deep.equal([['c'], [], ['b']])
  })
})
