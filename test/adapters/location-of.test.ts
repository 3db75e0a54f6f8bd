import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isSameLocation } from '../../domain/plan/location.ts'
import { locationOf } from '../stack/location-of.ts'

const ref = { service: 'shop', environment: 'production' }
const cluster = (changes = {}) => ({
  kind: 'kubernetes',
  config: { cluster: 'main', namespace: 'shop', template: { spec: {} }, container: 'app', port: 8080, ...changes },
})
const replicas = (changes = {}) => ({ kind: 'replicas', config: { port: 80, timeoutMs: 1_000, ...changes } })
const gateway = (changes = {}) => ({ kind: 'gateway-api', config: { route: 'shop', timeoutMs: 1_000, ...changes } })
const local = (changes = {}) => ({ kind: 'local', config: { timeoutMs: 1_000, sticky: 'none', ...changes } })
const onMachine = (changes = {}) => ({ kind: 'local', config: { command: ['node'], ...changes } })

type Pair = Parameters<typeof locationOf>[0]
const beside = (target: Pair['target'], traffic: Pair['traffic']): Pair => ({ target, traffic })

describe('the location of an environment', () => {
  const [onReplicas, onGateway, onLocal] = [
    beside(cluster(), replicas()),
    beside(cluster(), gateway({ rule: 'all' })),
    beside(onMachine(), local()),
  ]
  const rows: readonly (readonly [what: string, from: Pair, to: Pair, isSame: boolean])[] = [
    ['another cluster', onReplicas, beside(cluster({ cluster: 'eu' }), replicas()), false],
    ['another namespace', onReplicas, beside(cluster({ namespace: 'till' }), replicas()), false],
    ['another kind of target', onReplicas, beside(onMachine(), replicas()), false],
    ['more replicas', onReplicas, beside(cluster({ replicas: 9 }), replicas()), true],
    ['another kind of router', onReplicas, beside(cluster(), gateway()), false],
    ['another front Service', onReplicas, beside(cluster(), replicas({ name: 'front' })), false],
    ['the default front Service by its name', onReplicas, beside(cluster(), replicas({ name: 'shop-production' })), true],
    ['another port of the front Service', onReplicas, beside(cluster(), replicas({ port: 81 })), false],
    ['another timeout of the front Service', onReplicas, beside(cluster(), replicas({ timeoutMs: 9 })), true],
    ['another route', onGateway, beside(cluster(), gateway({ route: 'till', rule: 'all' })), false],
    ['another rule', onGateway, beside(cluster(), gateway({ rule: 'some' })), false],
    ['the only rule instead of a named one', onGateway, beside(cluster(), gateway()), false],
    [
      'a rule of the name 0 instead of the first',
      beside(cluster(), gateway({ rule: '0' })),
      beside(cluster(), gateway({ rule: 0 })),
      false,
    ],
    ['another timeout of the route', onGateway, beside(cluster(), gateway({ rule: 'all', timeoutMs: 9 })), true],
    ['latency edges, which a revision has', onGateway, beside(cluster(), gateway({ rule: 'all', edgesMs: [500] })), true],
    ['another port of this machine', onLocal, beside(onMachine(), local({ port: 8080 })), true],
    ['stickiness and another timeout', onLocal, beside(onMachine(), local({ sticky: 'cookie', timeoutMs: 9 })), true],
    ['another command', onLocal, beside(onMachine({ command: ['deno'] }), local()), true],
  ]
  for (const [what, from, to, isSame] of rows)
    it(`${isSame ? 'stays with' : 'changes with'} ${what}`, () => {
      expect(isSameLocation(locationOf(from, ref), locationOf(to, ref))).to.equal(isSame)
    })

  it('is a text for people', () => {
    expect([onReplicas, onGateway, onLocal].map((one) => locationOf(one, ref))).to.deep.equal([
      { target: 'kubernetes, namespace shop of main', traffic: 'replicas, port 80 of Service shop-production' },
      { target: 'kubernetes, namespace shop of main', traffic: 'gateway-api, rule "all" of HTTPRoute shop' },
      { target: 'local', traffic: 'local' },
    ])
  })
})
