import { expect } from 'chai'
import { describe, it } from 'mocha'
import { declarationJsonSchema } from '../../schema/declaration.ts'
import { parseDeclared } from '../../schema/document.ts'
import { faultsOf, parse, shop } from './declared.ts'
import { testDeclaration } from './providers.ts'

const query = '{ kind: query, name: orders, bad: orders_failed_total, total: orders_total, share: 0.5 }'

/** An input for each of the parser's codes. */
const brokenYaml: readonly string[] = [
  'a: *b',
  'a: &x &y 1',
  'a: !x !y 1',
  'a: "\\q"',
  'a: @b',
  'a: `b',
  'a: b: c',
  'a: [b, c',
  'a: {b: c',
  'a: "b',
  'a: b\n c: d',
  'a:\n\t- b',
  'a: [\nb\n]: c',
  'a: !nobody b\nb: ]',
  '? a\n- b',
  '%NOPE\n---\na: b\n%',
]

describe('a declaration', () => {
  it('is complete with only what runs and where', () => {
    const [production] = parse(shop()).environments
    expect(production?.strategy).to.include({ kind: 'canary', progressDeadlineMs: 600_000, scaleDownDelayMs: 30_000 })
    expect(production?.analysis).to.include({ h0: 1, margin: 1.5, beta: 0.05, maxErrorRate: 0.05, onInconclusive: 'hold' })
    expect(production?.traffic).to.deep.equal({ kind: 'local', config: {} })
    expect(production).to.include({ watchMs: 900_000, onBusy: 'wait' })
  })

  it('means the same in YAML and in JSON', () => {
    const json = JSON.stringify({
      kind: 'Service',
      name: 'shop',
      environments: [{ name: 'production', target: { kind: 'local', command: ['node', 'server.js'] } }],
    })
    expect(parse(json)).to.deep.equal(parse(shop()))
  })

  it("gives every step its own bake, by default the strategy's", () => {
    const steps = `    strategy: { kind: canary, bake: { min: 1m, max: 5m }, steps: [{ weight: 5 }, { weight: 20, bake: { max: 1h }, gate: manual }] }`
    const strategy = parse(shop(steps)).environments[0]?.strategy
    expect(strategy?.kind === 'canary' && strategy.steps).to.deep.equal([
      { weight: 5, bake: { minMs: 60_000, maxMs: 300_000 }, gate: null },
      { weight: 20, bake: { minMs: 60_000, maxMs: 3_600_000 }, gate: 'manual' },
    ])
  })

  it('lets the guardrail follow the objective', () => {
    expect(parse(shop('', 'objective: { errors: 2% }')).environments[0]?.analysis.maxErrorRate).to.equal(0.1)
  })

  it('puts an environment after the previous one by default', () => {
    const more =
      '  - { name: b, target: { kind: local, command: [x] } }\n  - { name: c, after: [], target: { kind: local, command: [x] } }'
    expect(parse(shop(more)).environments.map(({ after }) => after)).to.deep.equal([[], ['production'], []])
  })

  it('names line, column and the nearest known key for an unknown key', () => {
    expect(faultsOf(shop('    stratgy: { kind: rolling }'))).to.deep.equal([
      { pointer: '/environments/0/stratgy', detail: "line 7, column 5: unknown key 'stratgy': did you mean 'strategy'?" },
    ])
    expect(faultsOf(shop('    strategy: { kind: canary, steps: [{ weight: 1, baek: 1s }] }'))[0]?.detail).to.include(
      "mean 'bake'",
    )
    expect(faultsOf(shop('    smoke: [{ path: /, wihtin: 1s }]'))[0]?.detail).to.include("mean 'within'")
  })

  it('has no key for a question after a changed stable version, because that needs governance', () => {
    expect(faultsOf(shop('    onBaselineChange: re-ask')).map(({ pointer }) => pointer)).to.deep.equal([
      '/environments/0/onBaselineChange',
    ])
  })

  it('is refused with every fault at once', () => {
    const faults = faultsOf(shop('    watch: soon\n    onBusy: shout\n    strategy: { kind: canary, steps: [{ weight: 100 }] }'))
    expect(faults.map(({ pointer }) => pointer)).to.have.members([
      '/environments/0/watch',
      '/environments/0/onBusy',
      '/environments/0/strategy/steps/0/weight',
    ])
  })

  const refused: readonly (readonly [guarantee: string, text: string, pointer: string])[] = [
    [
      'steps that do not rise',
      shop('    strategy: { kind: canary, steps: [{ weight: 50 }, { weight: 50 }] }'),
      '/environments/0/strategy/steps/1/weight',
    ],
    [
      'a bake whose shortest is longer than its longest',
      shop('    strategy: { kind: canary, bake: { min: 2h } }'),
      '/environments/0/strategy/bake/min',
    ],
    ['a margin that is not above h0', shop('    analysis: { h0: 2 }'), '/environments/0/analysis/margin'],
    [
      'shares that do not sum to one',
      shop('    analysis: { metrics: [{ kind: errors, share: 0.5 }] }'),
      '/environments/0/analysis/metrics',
    ],
    [
      'two environments of one name',
      shop('  - { name: production, target: { kind: local, command: [x] } }'),
      '/environments/1/name',
    ],
    ['an environment after one that is not there', shop('    after: [staging]'), '/environments/0/after/0'],
    ['an environment that comes after itself', shop('    after: [production]'), '/environments/0/after'],
    ['a provider that is not there', shop('    metrics: { kind: datadog }'), '/environments/0/metrics/kind'],
    [
      'a query where the provider counts none',
      shop(`    analysis: { metrics: [{ kind: errors, share: 0.5 }, ${query}] }`),
      '/environments/0/analysis/metrics/1/kind',
    ],
    [
      'two queries of one name',
      shop(`    metrics: { kind: prometheus, url: x }\n    analysis: { metrics: [${query}, ${query}] }`),
      '/environments/0/analysis/metrics/1/name',
    ],
    ['a duration without a unit', shop('    watch: 30'), '/environments/0/watch'],
    ['a share above all', shop('', 'objective: { errors: 120% }'), '/objective/errors'],
  ]
  for (const [guarantee, text, pointer] of refused) {
    it(`refuses ${guarantee}`, () => expect(faultsOf(text).map((fault) => fault.pointer)).to.include(pointer))
  }

  it('is refused with every fault at once, of single values and between values, each with its pointer', () => {
    const text = `kind: Service
nmae: shop
alpha: high
environments:
  - name: production
    target: { kind: local, command: [node], replicas: 0 }
    onBusy: wiat
    strategy:
      kind: canary
      steps: [{ weight: 50 }, { weight: 20 }, { weight: lots }]
    analysis: { h0: 2, metrics: [{ kind: erors, share: 0.5 }] }
    hooks: { before: [{ http: "https://ann:secret@hooks.example/x" }] }
  - name: production
    after: [stagng]
    target: { kind: lokal }
    strategy: { kind: canry }
`
    expect(
      faultsOf(text).map(({ pointer, detail }) => `${pointer} ${detail}`),
      'from the top',
    ).to.deep.equal([
      "/name line 1, column 1: 'name' is missing: expected text; is 'nmae' meant to be 'name'?",
      "/nmae line 2, column 1: unknown key 'nmae': did you mean 'name'?",
      "/alpha line 3, column 8: expected a number, got 'high'",
      '/environments/0/target/replicas line 6, column 55: expected at least 1, got 0',
      "/environments/0/onBusy line 7, column 13: expected one of wait, supersede, refuse, got 'wiat': did you mean 'wait'?",
      '/environments/0/strategy/steps/1/weight line 10, column 41: weights must rise: 20 after 50',
      "/environments/0/strategy/steps/2/weight line 10, column 57: expected a number, got 'lots'",
      '/environments/0/analysis/margin line 11, column 15: margin must be above h0 (2)',
      '/environments/0/analysis/metrics line 11, column 33: shares must sum to 1, they sum to 0.5',
      "/environments/0/analysis/metrics/0/kind line 11, column 42: expected one of errors, status, latency, query, got 'erors': did you mean 'errors'?",
      '/environments/0/hooks/before/0/http line 12, column 31: an address with a user or password is refused, because everyone who may read a declaration would see it',
      '/environments/1/name line 13, column 11: there are two environments named production',
      '/environments/1/after/0 line 14, column 13: there is no environment stagng',
      "/environments/1/target/kind line 15, column 21: there is no 'lokal': did you mean 'local'?",
      "/environments/1/strategy/kind line 16, column 23: expected one of canary, blue-green, rolling, got 'canry': did you mean 'canary'?",
    ])
  })

  it('with a step above the largest weight of its router is refused, and the error says why; other strategies are not', () => {
    const split = (strategy: string) => shop(`    traffic: { kind: halves }\n    strategy: ${strategy}\n`)
    expect(faultsOf(split('{ kind: canary, steps: [{ weight: 50 }, { weight: 51 }] }'))).to.deep.equal([
      {
        pointer: '/environments/0/strategy/steps/1/weight',
        detail:
          'line 8, column 65: at most 50 where traffic is of kind halves: the canary would need more replicas than the stable version has',
      },
    ])
    for (const strategy of ['{ kind: canary }', '{ kind: blue-green }', '{ kind: rolling }'])
      expect(() => parse(split(strategy))).to.not.throw()
  })

  it('says what is wrong in one sentence for each fault, with a line only where there are lines', () => {
    const at = (key: string, value: string) => shop(`    ${key}: ${value}`)
    expect(faultsOf(at('metrics', '{ kind: datadog }'))).to.deep.equal([
      {
        pointer: '/environments/0/metrics/kind',
        detail: "line 7, column 22: there is no 'datadog': one of: scrape-all, scrape, prometheus",
      },
    ])
    expect(faultsOf(at('hooks', '{ before: [{ http: no address }] }'))).to.deep.equal([
      {
        pointer: '/environments/0/hooks/before/0/http',
        detail: "line 7, column 31: expected an address such as https://example.org/path, got 'no address'",
      },
    ])
    expect(faultsOf('--- ~')).to.deep.equal([{ pointer: '', detail: 'line 1, column 5: expected a block of keys, got null' }])
    const value = { kind: 'Service', name: 'shop', environments: [{ name: 'p', target: { kind: 'local', command: [] } }] }
    expect(() => parseDeclared(testDeclaration, value))
      .to.throw('the declaration has a fault')
      .with.property('errors')
      .that.deep.equals([{ pointer: '/environments/0/target/command', detail: 'expected at least 1 entry, got 0' }])
  })

  it('says where the YAML is broken, in a plain sentence', () => {
    expect(faultsOf('kind: Service\nname: [shop')[0]?.detail).to.match(/^line 2, column \d+: the indentation does not fit/)
    expect(faultsOf('kind: Service\nname: a\nname: b')).to.deep.equal([
      { pointer: '', detail: "line 3, column 1: 'name' is repeated: line 2 has it already" },
    ])
    expect(faultsOf('a: *b')[0]?.detail).to.match(/^line 1, column 4: there is no anchor/)
    expect(faultsOf(`a: ${'['.repeat(150)}${']'.repeat(150)}`)[0]?.detail).to.match(/nested too deeply/)
    expect(faultsOf(`a: ${'['.repeat(5_000)}`)[0]?.detail).to.match(/nested too deeply/)
  })

  it('has a plain sentence for every code of the parser', () => {
    for (const text of brokenYaml) expect(faultsOf(text)[0]?.detail, text).to.match(/^line \d+, column \d+: (?!nothing fits)/)
  })

  for (const prefix of ['', 'environments/0/', 'environments/0/target/', 'environments/0/analysis/metrics/0/'])
    it(`refuses a key __proto__ in ${prefix || 'itself'}, which readers of objects would drop`, () => {
      const value = JSON.parse(
        '{"kind":"Service","name":"shop","environments":[{"name":"p","target":{"kind":"local","command":["x"]},"analysis":{"metrics":[{"kind":"errors","share":1}]}}]}',
      ) as object
      const at = prefix
        .split('/')
        .filter(Boolean)
        .reduce<object>((here, part) => here[part as keyof object], value)
      Object.defineProperty(at, '__proto__', { value: { admin: true }, enumerable: true })
      const faults = faultsOf(JSON.stringify(value))
      expect(faults.map(({ pointer }) => pointer)).to.include(`/${prefix}__proto__`)
    })

  it('is refused as too long when it would delay other requests', () => {
    const words = (count: number) => shop(`    smoke: [${'{path: /},'.repeat(count)}]`)
    expect(faultsOf(words(1_000))[0]?.detail).to.match(/expected at most 20 entries, got 1000$/)
    expect(faultsOf(words(100_000))[0]?.detail).to.match(/^line 1, column 1: it is too long/)
  })

  it('is read once when an alias occurs several times, or within itself', () => {
    for (const text of ['&a [*a, *a]', 'a: &a { b: *a, c: *a }']) expect(() => parse(text), text).to.throw(/the declaration/)
    const [aliased = '', written = ''] = ['*it', '{ path: /, within: 1s }'].map((again) =>
      shop(`    smoke: [&it { path: /, within: 1s }, ${again}]`),
    )
    expect(parse(aliased)).to.deep.equal(parse(written))
  })

  it('is refused when aliases would make it endless', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdef'[i]},`.repeat(9)}]`),
    ]
    expect(() => parse(bomb.join('\n'))).to.throw('the declaration cannot be read')
  })

  it('needs of a provider its kind and what its own keys require', () => {
    const text = JSON.stringify(declarationJsonSchema(testDeclaration))
    const required = (kind: string) => new RegExp(`"const":"${kind}"\\}[^\\]]*?"required":(\\["kind"[^\\]]*\\])`).exec(text)?.[1]
    expect([required('scrape'), required('prometheus')]).to.deep.equal(['["kind"]', '["kind","url"]'])
  })

  it('has a JSON Schema that forbids unknown keys at every level', () => {
    const schema = declarationJsonSchema(testDeclaration)
    expect(schema.$schema).to.equal('https://json-schema.org/draft/2020-12/schema')
    const objects: object[] = []
    JSON.stringify(schema, (_, value: unknown) => {
      if (typeof value === 'object' && value !== null && 'properties' in value && 'type' in value) objects.push(value)
      return value
    })
    expect(objects.length).to.be.greaterThan(15)
    for (const object of objects) expect(object).to.have.property('additionalProperties', false)
  })
})
