import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../domain/problem.ts'
import { parseDeclared } from '../../schema/document.ts'
import { testDeclaration } from './providers.ts'

function faultsOf(environment: object, service: object = {}): readonly string[] {
  const production = { name: 'production', target: { kind: 'local', command: ['node'] }, ...environment }
  try {
    parseDeclared(testDeclaration, { kind: 'Service', name: 'shop', environments: [production], ...service })
    return []
  } catch (error) {
    if (!isProblem(error, 'invalid-input')) throw error
    return error.errors.map(({ pointer, detail }) => `${pointer.replace('/environments/0', '')} ${detail}`)
  }
}

const canary = (steps: readonly object[], bake = {}) => ({ strategy: { kind: 'canary', bake, steps } })
const latency = (...edges: readonly string[]) => ({ analysis: { metrics: [{ kind: 'latency', edges, share: 1 }] } })
const reversed = 'min must not be longer than max'

/** Pairs of declared values that are compared: below, above and equal. */
const rows: readonly (readonly [what: string, faults: () => readonly string[], expected: readonly string[]])[] = [
  [
    'a margin equal to h0',
    () => faultsOf({ analysis: { h0: 1.2, margin: 1.2 } }),
    ['/analysis/margin margin must be above h0 (1.2)'],
  ],
  ['a margin just above h0', () => faultsOf({ analysis: { h0: 1.2, margin: 1.21 } }), []],
  ['a shortest bake equal to the longest', () => faultsOf(canary([{ weight: 5 }], { min: '1m', max: '1m' })), []],
  [
    'a shortest bake above the longest',
    () => faultsOf(canary([{ weight: 5 }], { min: '61s', max: '1m' })),
    [`/strategy/bake/min ${reversed}`],
  ],
  ['a step whose own bake is equal', () => faultsOf(canary([{ weight: 5, bake: { min: '1m', max: '1m' } }])), []],
  [
    'a step whose own bake is reversed',
    () => faultsOf(canary([{ weight: 5 }, { weight: 6, bake: { min: '2m', max: '1m' } }])),
    [`/strategy/steps/1/bake ${reversed}`],
  ],
  [
    'a step whose shortest is above the longest of all',
    () => faultsOf(canary([{ weight: 5, bake: { min: '31m' } }])),
    [`/strategy/steps/0/bake ${reversed}`],
  ],
  [
    'a step whose longest is below the shortest of all',
    () => faultsOf(canary([{ weight: 5, bake: { max: '1m' } }])),
    [`/strategy/steps/0/bake ${reversed}`],
  ],
  ['equal edges', () => faultsOf(latency('1s', '1s')), ['/analysis/metrics/0/edges edges must rise']],
  ['edges that rise, in whatever unit', () => faultsOf(latency('999ms', '1s')), []],
  [
    'edges of which only the last falls',
    () => faultsOf(latency('1s', '2s', '1s')),
    ['/analysis/metrics/0/edges edges must rise'],
  ],
  [
    'equal weights',
    () => faultsOf(canary([{ weight: 5 }, { weight: 5 }])),
    ['/strategy/steps/1/weight weights must rise: 5 after 5'],
  ],
  [
    'a share of no request at all',
    () => faultsOf({}, { objective: { errors: 0 } }).map((each) => each.split(' ')[0] ?? ''),
    ['/objective/errors'],
  ],
  ['a share of every request', () => faultsOf({}, { objective: { errors: 1 } }), []],
  [
    'a metric that has no share',
    () =>
      faultsOf({
        analysis: {
          metrics: [
            { kind: 'errors', share: 1 },
            { kind: 'status', share: 0 },
          ],
        },
      }),
    [],
  ],
  [
    'a metric beside the mean',
    () =>
      faultsOf({
        analysis: {
          metrics: [
            { kind: 'errors', share: 1 },
            { kind: 'status', share: 1, dryRun: true },
          ],
        },
      }),
    [],
  ],
  [
    'shares a little below one',
    () => faultsOf({ analysis: { metrics: [{ kind: 'errors', share: 0.999 }] } }),
    ['/analysis/metrics shares must sum to 1, they sum to 0.999'],
  ],
  [
    'a rolling strategy with the keys of a canary, which are only unknown to it',
    () =>
      faultsOf({ strategy: { kind: 'rolling', bake: { min: '2m', max: '1m' }, steps: [{ weight: 5 }, { weight: 5 }] } }).map(
        (each) => each.split(' ')[0] ?? '',
      ),
    ['/strategy/bake', '/strategy/steps'],
  ],
  [
    'weights that rise beside one that is none',
    () => faultsOf(canary([{ weight: 5 }, { weight: 'lots' }, { weight: 6 }])),
    ["/strategy/steps/1/weight expected a number, got 'lots'"],
  ],
  [
    'a weight below the last one that is one',
    () => faultsOf(canary([{ weight: 5 }, { weight: 'lots' }, { weight: 4 }])),
    ["/strategy/steps/1/weight expected a number, got 'lots'", '/strategy/steps/2/weight weights must rise: 4 after 5'],
  ],
]

describe('two declared values that are compared', () => {
  for (const [what, faults, expected] of rows)
    it(`are ${expected.length > 0 ? 'refused' : 'accepted'}: ${what}`, () => {
      expect(faults()).to.deep.equal(expected)
    })
})
