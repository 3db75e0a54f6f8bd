import { expect } from 'chai'
import { describe, it } from 'mocha'
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import { isProblem } from '../../domain/problem.ts'
import { createDeclarationSchema, declarationJsonSchema } from '../../schema/declaration.ts'
import { declarationKeys } from '../../schema/declaration-keys.ts'
import { parseDeclared } from '../../schema/document.ts'

const schema = createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders })
const keys = declarationKeys(declarationJsonSchema(schema))

/** A complete and valid declaration with every block and alternative that a key can be in. */
const service = () => ({
  kind: 'Service',
  name: 'shop',
  environments: [
    {
      name: 'production',
      target: { kind: 'local', command: ['node'], health: {}, restart: {} },
      traffic: { kind: 'local' },
      metrics: {
        kind: 'prometheus',
        url: 'http://127.0.0.1:9090',
        labels: {},
        counters: { requests: 'requests_total', histogram: 'seconds' },
      },
      strategy: { kind: 'canary', steps: [{ weight: 10, bake: {} }], bake: {} },
      smoke: [{ path: '/' }] as object[],
      hooks: { before: hook(), afterStep: hook(), after: hook(), afterRevert: hook() } as Record<string, object[]>,
      analysis: { metrics: [{ kind: 'errors', share: 1 }] as object[] },
    },
  ],
  objective: { slow: {} },
})
const hook = () => [{ http: 'http://127.0.0.1:1/' }]

/** The alternative that a part of a key names, when `service` has another one. */
const alternatives: Readonly<Record<string, object>> = {
  '(blue-green)': { kind: 'blue-green' },
  '(rolling)': { kind: 'rolling' },
  '(command)': { command: ['true'] },
  '(status)': { kind: 'status', share: 1 },
  '(latency)': { kind: 'latency', share: 1 },
  '(kubernetes)': {
    kind: 'kubernetes',
    cluster: 'main',
    namespace: 'shop',
    port: 80,
    template: { metadata: {}, spec: { containers: [{ name: 'app' }] } },
  },
  '(replicas)': { kind: 'replicas' },
  '(gateway-api)': { kind: 'gateway-api', route: 'shop' },
  '(pods)': { kind: 'pods', labels: {}, counters: { requests: 'a' } },
  '(query)': { kind: 'query', name: 'orders', bad: 'a', total: 'b', share: 1 },
}

/** A valid declaration with `value` at `key`, and its pointer. */
function declaring(key: string, value: unknown) {
  const declared = service()
  let at = declared as unknown as Record<string, unknown>
  const parts = key.split('.').map((part) => /^(\w+)(\[\])?(\(.*\))?$/.exec(part) ?? [])
  const [, last = ''] = parts.at(-1) ?? []
  const steps: string[] = []
  for (const [, name = '', isList, alternative = ''] of parts.slice(0, -1)) {
    for (const step of isList ? [name, '0'] : [name]) {
      steps.push(step)
      if (step === (isList ? '0' : name) && alternatives[alternative]) at[step] = structuredClone(alternatives[alternative])
      at = at[step] as Record<string, unknown>
    }
  }
  at[last] = value
  return { declared, pointer: [...steps, last].map((step) => `/${step}`).join('') }
}

/**
 * A router works beside some targets only, and this test puts each alternative beside the same ones. So what is wrong with a key of a target
 * or of a router is looked for in its own block, without the kind.
 */
function ownOf(key: string, pointers: readonly string[]): readonly string[] {
  const [, block] = /^environments\[\]\.(target|traffic|metrics)\(/.exec(key) ?? []
  if (block === undefined) return pointers
  const own = `/environments/0/${block}/`
  return pointers.filter((pointer) => pointer.startsWith(own) && pointer !== `${own}kind`)
}

function pointersOf(declared: unknown): readonly string[] {
  try {
    parseDeclared(schema, declared)
    return []
  } catch (error) {
    if (isProblem(error, 'invalid-input')) return error.errors.map((fault) => fault.pointer)
    throw error
  }
}

const texts = { nul: 'a\0', control: 'a\u0007', empty: '', long: 'a'.repeat(200_000), number: 7, half: '\ud800' }
const notNames = { ...texts, foreign: 'é€', blank: 'a b', dash: '-a' }
const notPaths = {
  ...texts,
  foreign: '/é€',
  blank: '/ x',
  nul: '/\0',
  control: '/\n',
  fragment: '/#',
  long: `/${'a'.repeat(2_000)}`,
}
const durations = {
  negative: '-1s',
  blank: '1 s',
  bare: '1',
  number: 1_000,
  empty: '',
  foreign: '١s',
  nul: '1s\0',
  huge: '8785h',
}
const digits = { digits: `${'9'.repeat(400)}h`, power: '1e3s', infinite: 'Infinitys' }
const duration = { ...durations, ...digits }
const positive = { ...duration, zero: '0s' }
const hour = { ...positive, long: '61m', beyondTimers: '600h' }
const day = { ...positive, long: '25h', beyondTimers: '600h' }
const numbers = { text: '1', negative: -1, infinite: Infinity, nan: NaN, huge: 1e300, nothing: null }
const count = { ...numbers, half: 1.5, zero: 0, beyond: 2 ** 31 }
const share = { over: '101%', negative: '-1%', zero: '0%', text: 'x', infinite: Infinity, nan: NaN, huge: 2 }
const words = {
  none: [],
  unnamed: [''],
  nul: ['a', 'b\0'],
  half: ['a', '\ud800'],
  long: ['a'.repeat(200_000)],
  many: Array.from({ length: 1_001 }, () => 'a'),
  inAll: Array.from({ length: 20 }, () => 'a'.repeat(90_000)),
  text: 'node',
  numbers: [1],
}
const variables = {
  name: { 'A-B': 'x' },
  unnamed: { '': 'x' },
  nul: { A: 'x\0' },
  long: { A: 'x'.repeat(200_000) },
  given: { PORT: '1' },
  inAll: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`A${at}`, 'x'.repeat(90_000)])),
  many: Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`A${at}`, ''])),
  text: 'A=1',
}
const choice = { other: 'other', number: 1, empty: '' }
const flag = { text: 'true', number: 1 }
const list = { text: 'x', many: Array.from({ length: 101 }, () => ({})), number: 1 }
const block = { text: 'x', list: [], number: 1 }
const address = {
  none: '',
  bare: 'example',
  file: 'file:///etc/passwd',
  user: 'http://a:b@c/',
  long: `http://c/${'a'.repeat(3_000)}`,
}

/** Values that each key refuses, by the last part of its name. A key without a row fails the test. */
const refused: Readonly<Record<string, object>> = {
  kind: choice,
  name: notNames,
  owners: { nul: ['a\0'], empty: [''], long: ['a'.repeat(201)], control: ['a\nb'], many: Array.from({ length: 101 }, () => 'a') },
  database: notNames,
  alpha: { ...numbers, zero: 0, over: 0.6 },
  objective: block,
  'objective.errors': share,
  slow: block,
  over: positive,
  share: { ...numbers, over: 1.1 },
  'slow.share': share,
  environments: list,
  after: { unknown: ['b'], text: 'b', many: Array.from({ length: 21 }, () => 'production') },
  target: block,
  route: notNames,
  rule: { ...notNames, number: -1, half: 0.5 },
  'target.cluster': notNames,
  'target.namespace': notNames,
  'target.port': { ...count, high: 65_536 },
  'target.container': { ...notNames, other: 'web' },
  template: block,
  metadata: block,
  'metadata.labels': { text: 'x', number: { a: 1 } },
  'metadata.annotations': { text: 'x', number: { a: 1 } },
  spec: block,
  containers: { none: [], text: 'x', many: Array.from({ length: 21 }, (_, at) => ({ name: `c${at}` })) },
  'containers.name': notNames,
  'containers.image': { text: 'shop:1', number: 1 },
  command: words,
  cwd: { nul: 'a\0', empty: '', long: 'a'.repeat(5_000), half: '\ud800' },
  env: variables,
  replicas: { ...count, many: 101 },
  health: block,
  path: notPaths,
  every: { ...hour, quick: '1ms' },
  'health.timeout': hour,
  healthyAfter: count,
  unhealthyAfter: count,
  grace: { ...duration, long: '61m', beyondTimers: '600h' },
  drain: { ...duration, long: '25h', beyondTimers: '600h' },
  restart: block,
  'restart.min': day,
  'restart.max': { ...day, shorter: '100ms' },
  traffic: block,
  port: { ...count, low: 80, high: 65_536 },
  timeout: day,
  sticky: choice,
  metrics: block,
  url: address,
  interval: { ...positive, quick: '900ms', long: '61m' },
  staleAfter: { ...day, soon: '20s' },
  match: { nul: { a: '\0' }, label: { 'a-b': 'x' }, long: { a: 'x'.repeat(1_001) } },
  labels: block,
  revision: notNames,
  version: notNames,
  replica: notNames,
  code: notNames,
  counters: block,
  requests: notNames,
  responses: notNames,
  'counters.errors': notNames,
  histogram: notNames,
  unit: choice,
  strategy: block,
  steps: list,
  weight: { ...count, all: 100 },
  bake: block,
  'bake.min': { ...duration, long: '367d' },
  'bake.max': { ...positive, long: '367d' },
  gate: choice,
  progressDeadline: positive,
  scaleDownDelay: duration,
  availability: { ...share, zero: '-0%', huge: 101, half: 1.5, negative: -1 },
  smoke: list,
  status: { ...count, informational: 101, high: 600 },
  within: hour,
  hooks: block,
  before: list,
  afterStep: list,
  afterRevert: list,
  'hooks.after': list,
  http: address,
  required: flag,
  analysis: block,
  look: hour,
  h0: { ...numbers, low: 0.9, high: 11 },
  margin: { ...numbers, low: 1, high: 21 },
  beta: { ...numbers, zero: 0, one: 1 },
  maxErrorRate: share,
  maxDispersion: { ...numbers, low: 2.9, high: 101 },
  warmUp: duration,
  maxRestarts: { ...numbers, half: 1.5, beyond: 2 ** 31 },
  'analysis.metrics': list,
  dryRun: flag,
  edges: {
    none: [],
    zero: ['0s'],
    falling: ['2s', '1s'],
    huge: ['8785h'],
    negative: ['-1s'],
    many: Array.from({ length: 9 }, () => '1s'),
  },
  bad: { ...texts },
  total: { ...texts },
  onInconclusive: choice,
  maxHold: positive,
  idleAfter: positive,
  maxBlind: positive,
  watch: duration,
  onBusy: choice,
}

function rowOf(key: string): object | undefined {
  if (key === 'environments[].analysis.metrics[](status).match') return choice
  if (['environments[].traffic(replicas).port', 'environments[].metrics(pods).port'].includes(key))
    return { ...count, high: 65_536 }
  if (key === 'environments[].target(kubernetes).replicas') return { ...count, many: 1_001 }
  const names = key.split('.').map((part) => part.replace(/\[\].*|\(.*\)/g, ''))
  return refused[names.slice(-2).join('.')] ?? refused[names.at(-1) ?? '']
}

/** Parses a value that may be no JSON, like `30s` and `10%`. */
function readable(preset: string): unknown {
  try {
    return JSON.parse(preset) as unknown
  } catch {
    return preset
  }
}

describe('a declared value', () => {
  it('is valid without a change, so that each refusal is caused by the change', () => {
    expect(pointersOf(service())).to.deep.equal([])
  })

  it('may have as many bytes in its arguments as a process takes, and not one more', () => {
    const key = 'environments[].hooks.before[](command).command'
    const words = (last: string) => [...Array.from({ length: 9 }, () => 'a'.repeat(100_000)), 'é'.repeat(49_999), last]
    expect(pointersOf(declaring(key, words('ab')).declared)).to.deep.equal([])
    expect(pointersOf(declaring(key, words('abc')).declared)).to.deep.equal(['/environments/0/hooks/before/0/command'])
  })

  for (const { key, preset } of keys) {
    if (preset !== null && key !== 'environments[].metrics')
      it(`is valid at ${key} with its default`, () => {
        const { declared } = declaring(key, /^[[{\d]|^(?:null|true|false)$/.test(preset) ? readable(preset) : preset)
        expect(ownOf(key, pointersOf(declared))).to.deep.equal([])
      })

    it(`is refused at ${key} when it is unusable`, () => {
      const row = rowOf(key)
      expect(row, 'there is no row for this key').to.not.equal(undefined)
      for (const [what, value] of Object.entries(row ?? {})) {
        const { declared, pointer } = declaring(key, value)
        const found = pointersOf(declared)
        const isAt = found.some((each) => each.startsWith(pointer))
        expect(
          isAt,
          `${what}: ${String(JSON.stringify(value)).slice(0, 60)} at ${pointer}, found at [${found.join(' ')}]`,
        ).to.equal(true)
      }
    })
  }
})
