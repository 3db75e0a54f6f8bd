/** A declaration with any value at any position is refused with faults or read, and never ends in another error: that would answer 500. */
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { createDeclarationSchema, declarationJsonSchema } from '../../schema/declaration.ts'
import { mostFaults, readWith } from '../../schema/issues.ts'

const schema = createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders })

const calls = [{ http: 'http://127.0.0.1:1/', timeout: '1s', required: false }]
const hooks = { before: calls, afterStep: calls, after: calls, afterRevert: calls }
const canary = { kind: 'canary', steps: [{ weight: 10, bake: { min: '1s', max: '2s' }, gate: 'manual' }], bake: { min: '1s' } }
const query = { kind: 'query', name: 'orders', bad: 'a', total: 'b', share: 0.5 }
const labels = { revision: 'revision', replica: 'pod', code: 'code' }
const counters = { requests: 'requests_total', histogram: 'seconds', unit: 's' }
const metrics = { kind: 'prometheus', url: 'http://127.0.0.1:9090', match: { service: 'shop' }, labels, counters }
const pod = {
  metadata: { labels: { app: 'shop' }, annotations: { 'a/b': 'c' } },
  spec: {
    containers: [{ name: 'app', env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    initContainers: [{ name: 'first', image: `registry/first@sha256:${'0'.repeat(64)}` }],
    volumes: [{ name: 'data', emptyDir: {} }],
    securityContext: { runAsNonRoot: true },
  },
}
const cluster = { kind: 'kubernetes', cluster: 'main', namespace: 'shop', port: 80, container: 'app', template: pod, replicas: 2 }

/** A valid environment of every kind of target, router, metrics provider and strategy, with the keys whose values are compared. */
const environments: readonly Readonly<Record<string, unknown>>[] = [
  {
    name: 'local',
    after: [],
    target: { kind: 'local', command: ['node'], env: { A: 'b' }, replicas: 2, health: { path: '/' }, restart: {} },
    traffic: { kind: 'local', port: 8_080, sticky: 'cookie' },
    strategy: canary,
    smoke: [{ path: '/', status: 200, within: '1s' }, { command: ['true'] }],
    hooks: { ...hooks, before: [{ command: ['true'] }] },
    analysis: {
      h0: 1,
      margin: 2,
      metrics: [
        { kind: 'errors', share: 0.5 },
        { kind: 'latency', edges: ['1s', '2s'], share: 0.5 },
      ],
    },
  },
  {
    name: 'replicas',
    after: ['local'],
    target: cluster,
    traffic: { kind: 'replicas', timeout: '1s' },
    metrics,
    strategy: { kind: 'rolling', availability: '50%' },
    smoke: [{ path: '/' }],
    hooks,
    analysis: { metrics: [query, { ...query, name: 'carts' }] },
  },
  {
    name: 'route',
    after: ['local'],
    target: cluster,
    traffic: { kind: 'gateway-api', route: 'shop', rule: 'main' },
    metrics: { kind: 'pods', path: '/metrics', port: 9_090, labels: { code: 'code' }, counters },
    strategy: { kind: 'blue-green', gate: 'manual' },
    onBusy: 'refuse',
  },
]
const declaration = { kind: 'Service', name: 'shop', owners: ['a'], objective: { slow: { over: '1s' } }, environments }

type Path = readonly (string | number)[]
const isBlock = (value: unknown): value is object => typeof value === 'object' && value !== null
const keyed = (value: object): readonly (readonly [string | number, unknown])[] =>
  Array.isArray(value) ? value.map((one, at) => [at, one] as const) : Object.entries(value)

const pathsIn = (value: unknown, at: Path = []): readonly Path[] => [
  at,
  ...(isBlock(value) ? keyed(value).flatMap(([key, one]) => pathsIn(one, [...at, key])) : []),
]

/** `declared` with `value` at `path`, also at a key that it does not have. */
function withAt(declared: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(declared)) return declared.map((one, at) => (at === key ? withAt(one, rest, value) : (one as unknown)))
  if (!isBlock(declared)) return { [key]: withAt({}, rest, value) }
  return { ...declared, [key]: withAt((declared as Readonly<Record<string, unknown>>)[key], rest, value) }
}

const jsonSchema = declarationJsonSchema(schema)

/** The faults of a declaration, none where it is read. Any error passes through: it would be no refusal. */
function faultsOf(declared: unknown): readonly string[] {
  const read = readWith(
    schema,
    declared,
    () => jsonSchema,
    () => '',
  )
  if ('data' in read) return []
  expect(read.faults.length).to.be.within(1, mostFaults + 1)
  for (const { detail } of read.faults) expect(detail).to.match(/\S/)
  return read.faults.map(({ pointer, detail }) => `${pointer} ${detail}`)
}

const paths = pathsIn(declaration)
/** Keys and words that the schema reads. A generator finds the rest by itself, and these never. */
const keys = [
  ...new Set([...paths.flat().filter((key) => typeof key === 'string'), 'config', 'split', 'hooks', 'status', 'dryRun']),
]
const words = [
  'local',
  'kubernetes',
  'replicas',
  'gateway-api',
  'scrape',
  'prometheus',
  'pods',
  'canary',
  'query',
  '1s',
  '50%',
  'shop',
]

/** One value of each JSON type. */
const values: readonly unknown[] = [null, true, 7, -0.5, '', 'x', [], [null], [[]], {}, { kind: 7, config: null }]

/** What looks like a provider that was parsed, where a provider is declared. */
const kinds = [undefined, null, 7, 'x', ...words]
const configs = [undefined, null, 7, 'replicas', [], { split: null }, { split: 'replicas' }]
const halfWritten = kinds.flatMap((kind) => configs.map((config) => ({ kind, config })))

const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 7, -1, 0.5, 1e308, '', ...words),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, fc.string()), tie('value'), { maxKeys: 5 }),
  ),
})).value

describe('a declaration with any value at any position', function () {
  this.timeout(60_000)

  it('is read where nothing is wrong with it', () => expect(faultsOf(declaration)).to.deep.equal([]))

  const tried = (where: readonly Path[], what: readonly unknown[]) => {
    for (const path of where)
      for (const value of what)
        try {
          faultsOf(withAt(declaration, path, value))
        } catch (cause) {
          throw new Error(`${path.join('/')}: ${JSON.stringify(value)}`, { cause })
        }
  }
  it('is refused with faults, or read: each type of value at each position', () => tried(paths, values))

  it('is refused with faults, or read: a half-written provider where one is declared', () => {
    const declared = ['target', 'traffic', 'metrics', 'strategy', 'hooks'].flatMap((key) =>
      [0, 1].map((at) => ['environments', at, key]),
    )
    tried(declared, halfWritten)
  })

  it('is refused with faults, or read: up to three values of any shape at keys that are known there, or are not', () => {
    const key = fc.option(fc.constantFrom(...keys), { nil: undefined })
    const change = fc.record({ path: fc.constantFrom(...paths), key, value: anyValue })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        faultsOf(
          changes.reduce<unknown>(
            (declared, { path, key: more, value }) => withAt(declared, more === undefined ? path : [...path, more], value),
            declaration,
          ),
        )
      }),
      { seed: 20_261_130, numRuns: 1_000 },
    )
  })
})
