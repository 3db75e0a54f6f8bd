import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Problem } from '../../domain/problem.ts'
import { faultsOf, parse, shop } from './declared.ts'

describe('what is declared', () => {
  it('becomes what a rollout does: every key, in milliseconds and fractions', () => {
    const text = `
kind: Service
name: shop
owners: [team-shop]
database: orders
alpha: 0.02
objective: { errors: 2%, slow: { over: 1s, share: 0.1 } }
environments:
  - name: staging
    target: { kind: local, command: [node, server.js], replicas: 3 }
    traffic: { kind: local, port: 8080 }
    metrics: { kind: prometheus, url: 'http://127.0.0.1:9090' }
    strategy: { kind: rolling, availability: 50%, progressDeadline: 1m, scaleDownDelay: 0s }
    smoke:
      - { path: /health, status: 204, within: 1s }
      - { command: [check, it], within: 3s }
    hooks:
      before: [{ http: 'https://hooks.example/before', timeout: 5s, required: false }]
      afterStep: [{ command: [after, step] }]
      after: [{ command: [after] }]
      afterRevert: [{ command: [after, revert] }]
    analysis:
      look: 2s
      h0: 1.2
      margin: 2
      beta: 0.1
      maxErrorRate: 20%
      maxDispersion: 5
      warmUp: 1s
      maxRestarts: 3
      metrics:
        - { kind: errors, share: 0.5 }
        - { kind: status, match: '401', share: 0.2 }
        - { kind: latency, edges: [10ms, 1s], share: 0.2 }
        - { kind: query, name: orders, bad: bad_total, total: all_total, share: 0.1 }
        - { kind: status, share: 0.7, dryRun: true }
      onInconclusive: extend
      maxHold: 1h
      idleAfter: 3m
      maxBlind: 4m
    watch: 5m
    onBusy: supersede
  - name: production
    target: { kind: local, command: [node] }
    strategy: { kind: blue-green, gate: manual }
`
    const { environments, ...service } = parse(text)
    const [staging, production] = environments
    expect(service).to.deep.equal({
      name: 'shop',
      owners: ['team-shop'],
      database: 'orders',
      alpha: 0.02,
      objective: { errors: 0.02, slow: { overMs: 1_000, share: 0.1 } },
    })
    expect(staging).to.deep.equal({
      name: 'staging',
      after: [],
      target: { kind: 'local', config: { command: ['node', 'server.js'], replicas: 3 } },
      traffic: { kind: 'local', config: { port: 8_080 } },
      metrics: { kind: 'prometheus', config: { url: 'http://127.0.0.1:9090' } },
      strategy: { kind: 'rolling', availability: { share: 0.5 }, progressDeadlineMs: 60_000, scaleDownDelayMs: 0 },
      smoke: [
        { path: '/health', status: 204, withinMs: 1_000 },
        { command: ['check', 'it'], withinMs: 3_000 },
      ],
      hooks: {
        before: [{ http: 'https://hooks.example/before', timeoutMs: 5_000, required: false }],
        afterStep: [{ command: ['after', 'step'], timeoutMs: 30_000, required: true }],
        after: [{ command: ['after'], timeoutMs: 30_000, required: true }],
        afterRevert: [{ command: ['after', 'revert'], timeoutMs: 30_000, required: true }],
      },
      analysis: {
        lookMs: 2_000,
        h0: 1.2,
        margin: 2,
        beta: 0.1,
        maxErrorRate: 0.2,
        maxDispersion: 5,
        warmUpMs: 1_000,
        maxRestarts: 3,
        metrics: [
          { kind: 'errors', share: 0.5, dryRun: false },
          { kind: 'status', match: '401', share: 0.2, dryRun: false },
          { kind: 'latency', edgesMs: [10, 1_000], share: 0.2, dryRun: false },
          { kind: 'query', name: 'orders', bad: 'bad_total', total: 'all_total', share: 0.1, dryRun: false },
          { kind: 'status', match: '4xx', share: 0.7, dryRun: true },
        ],
        onInconclusive: 'extend',
        maxHoldMs: 3_600_000,
        idleAfterMs: 180_000,
        maxBlindMs: 240_000,
      },
      watchMs: 300_000,
      onBusy: 'supersede',
    })
    expect(production?.after).to.deep.equal(['staging'])
    expect(production?.strategy).to.deep.equal({
      kind: 'blue-green',
      gate: 'manual',
      progressDeadlineMs: 600_000,
      scaleDownDelayMs: 30_000,
    })
  })

  it('is complete where nothing is said: every default', () => {
    const [production] = parse(shop()).environments
    expect(production?.strategy).to.deep.equal({
      kind: 'canary',
      steps: [10, 50].map((weight) => ({ weight, bake: { minMs: 120_000, maxMs: 1_800_000 }, gate: null })),
      progressDeadlineMs: 600_000,
      scaleDownDelayMs: 30_000,
    })
    expect(production?.analysis).to.deep.equal({
      lookMs: 1_000,
      h0: 1,
      margin: 1.5,
      beta: 0.05,
      maxErrorRate: 0.05,
      maxDispersion: 10,
      warmUpMs: 15_000,
      maxRestarts: 2,
      metrics: [
        { kind: 'errors', share: 0.6, dryRun: false },
        { kind: 'status', match: '4xx', share: 0.1, dryRun: false },
        { kind: 'latency', edgesMs: [100, 500], share: 0.3, dryRun: false },
      ],
      onInconclusive: 'hold',
      maxHoldMs: 86_400_000,
      idleAfterMs: 120_000,
      maxBlindMs: 600_000,
    })
    expect(production).to.deep.include({
      after: [],
      smoke: [],
      hooks: { before: [], afterStep: [], after: [], afterRevert: [] },
      traffic: { kind: 'local', config: {} },
      metrics: { kind: 'scrape', config: {} },
      watchMs: 900_000,
      onBusy: 'wait',
    })
    const { objective, owners, database, alpha } = parse(shop())
    expect({ objective, owners, database, alpha }).to.deep.equal({
      objective: { errors: 0.01, slow: { overMs: 500, share: 0.05 } },
      owners: [],
      database: null,
      alpha: 0.01,
    })
  })

  it('has a guardrail of five times the objective, and of 99 % at most', () => {
    const guardrail = (errors: string) =>
      parse(shop('', `objective: { errors: ${errors} }`)).environments[0]?.analysis.maxErrorRate
    expect([guardrail('2%'), guardrail('50%')]).to.deep.equal([0.1, 0.99])
  })

  it('keeps as many replicas ready as declared: a count, or a share up to all', () => {
    const kept = (availability: string) =>
      parse(shop(`    strategy: { kind: rolling, availability: ${availability} }`)).environments[0]?.strategy
    for (const [said, availability] of [
      ['0', { count: 0 }],
      ['3', { count: 3 }],
      ['0%', { share: 0 }],
      ['12.5%', { share: 0.125 }],
      ['100%', { share: 1 }],
    ] as const)
      expect(kept(said), said).to.deep.include({ kind: 'rolling', availability })
    expect(kept('1')).to.deep.equal({
      kind: 'rolling',
      availability: { count: 1 },
      progressDeadlineMs: 600_000,
      scaleDownDelayMs: 30_000,
    })
    const pointers = (availability: string) =>
      faultsOf(shop(`    strategy: { kind: rolling, availability: ${availability} }`)).map(({ pointer }) => pointer)
    for (const said of ['100.1%', '-1', '101', '1.5', 'half', '50 %'])
      expect(pointers(said), said).to.deep.equal(['/environments/0/strategy/availability'])
  })

  it('says nothing of a margin beside an h0 that is no number', () => {
    const pointers = (analysis: string) => faultsOf(shop(`    analysis: ${analysis}`)).map(({ pointer }) => pointer)
    expect(pointers('{ h0: high, margin: 0.5 }')).to.deep.equal(['/environments/0/analysis/h0'])
    expect(pointers('{ h0: 2, margin: high }')).to.deep.equal(['/environments/0/analysis/margin'])
  })

  it('waits for the smoke test and its status as declared, else two seconds for a 200', () => {
    expect(parse(shop('    smoke: [{ path: / }, { command: [x] }]')).environments[0]?.smoke).to.deep.equal([
      { path: '/', status: 200, withinMs: 2_000 },
      { command: ['x'], withinMs: 2_000 },
    ])
  })

  for (const [who, isRefused] of [
    ['ann:secret@', true],
    ['ann@', true],
    [':secret@', true],
    ['', false],
  ] as const)
    it(`${isRefused ? 'refuses' : 'takes'} a hook at https://${who}hooks.example`, () => {
      const text = shop(`    hooks: { before: [{ http: "https://${who}hooks.example/x" }] }`)
      if (isRefused) expect(faultsOf(text).map(({ pointer }) => pointer)).to.deep.equal(['/environments/0/hooks/before/0/http'])
      else expect(() => parse(text)).to.not.throw()
    })
})

describe('a declaration that cannot be read', () => {
  const problemOf = (text: string): Problem => {
    try {
      parse(text)
    } catch (error) {
      if (error instanceof Problem) return error
      throw error
    }
    throw new Error('the declaration was accepted')
  }

  it('is said to be empty, more than one, or without an end', () => {
    expect(problemOf('')).to.include({ code: 'invalid-input', message: 'the declaration is empty' })
    expect(problemOf(`${shop()}\n---\n${shop()}`)).to.include({
      message: 'there is more than one document',
      hint: 'send one declaration at a time',
    })
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdef'[i]},`.repeat(9)}]`),
    ]
    const endless = problemOf(bomb.join('\n'))
    expect(endless).to.include({ message: 'the declaration cannot be read', hint: 'it uses too many YAML aliases' })
    expect(endless.cause).to.be.instanceOf(Error)
  })

  it('is said to have as many faults as there are, up to a hundred', () => {
    const withKeys = (count: number) => problemOf(shop('', Array.from({ length: count }, (_, i) => `k${i}: 1`).join('\n')))
    const told = (count: number) => [withKeys(count).message, withKeys(count).errors.length]
    expect([told(1), told(2), told(100)]).to.deep.equal([
      ['the declaration has a fault', 1],
      ['the declaration has 2 faults', 2],
      ['the declaration has 100 faults', 100],
    ])
    expect(told(150)).to.deep.equal(['the declaration has more than 100 faults', 101])
    expect(withKeys(150).errors.at(-1)).to.deep.equal({ pointer: '', detail: 'and 50 more faults' })
  })
})
