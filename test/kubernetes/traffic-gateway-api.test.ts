/** One rule of an HTTPRoute on a real API server. The tests say what the controller of a gateway says. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import { revisionName } from '../../adapters/kubernetes/objects.ts'
import type { LiveObject } from '../../adapters/kubernetes/resource.ts'
import { createRevisions } from '../../adapters/kubernetes/revisions.ts'
import { createRoute } from '../../adapters/kubernetes/route.ts'
import { gatewayApiTraffic } from '../../adapters/traffic/gateway-api.ts'
import type { Traffic, Weights } from '../../adapters/traffic/traffic.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { owesToOthers, owesTraffic } from '../adapters/traffic-contract.ts'
import { orLeaveOut } from '../left-out.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { frozenBefore } from './gated.ts'
import { revisionOf } from './serving-revisions.ts'

const [stable, canary] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const
const service = (revision: string, of = ref) => revisionName(of, revision)
const merge = 'application/merge-patch+json'

const backend = (name: string, weight: number, more: object = {}) => ({
  group: '',
  kind: 'Service',
  name,
  port: 80,
  weight,
  ...more,
})
const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-seen', value: 'yes' }] } }]
const matches = [{ path: { type: 'PathPrefix', value: '/api' } }]

describe('a rule of an HTTPRoute', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane('gateway-types'))
  })

  const path = (namespace: string, name = 'shop') =>
    `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes${name && `/${name}`}`

  /** As a declaration opens it. With a `server`, on a client that the test holds back. */
  function routeOf(namespace: string, declared: object = { rule: 'users' }, server?: ApiServer): Traffic {
    const config = gatewayApiTraffic.config.parse({ route: 'shop', ...declared })
    if (!server) return gatewayApiTraffic.create(plane.settings, config, { cluster: 'test', namespace, port: 8080 })
    const { read: readRoute, setWeights } = createRoute(server, ref, namespace, { route: 'shop', rule: 'users' })
    return { ...routeOf(namespace), read: readRoute, setWeights: (_, weights, token) => setWeights(weights, token) }
  }

  const read = async (namespace: string): Promise<LiveObject> =>
    (await plane.server.read('HTTPRoute', namespace, 'shop')) ?? expect.fail('the route is gone')
  const rulesOf = ({ spec }: LiveObject) =>
    spec?.['rules'] as readonly { readonly name?: string; readonly backendRefs?: readonly { name: string; weight: number }[] }[]
  const backendsIn = async (namespace: string, at = 1): Promise<Weights> =>
    Object.fromEntries((rulesOf(await read(namespace))[at]?.backendRefs ?? []).map(({ name, weight }) => [name, weight]))

  /** Says as the controller of a gateway that it took the route, or did not. */
  async function says(namespace: string, more: object = {}, age = 0): Promise<void> {
    const { metadata, spec } = await read(namespace)
    const observedGeneration = Number(metadata['generation']) - age
    const condition = {
      status: 'True',
      reason: 'Told',
      message: '',
      observedGeneration,
      lastTransitionTime: new Date().toISOString(),
    }
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
      ...condition,
      type,
      ...(type === 'ResolvedRefs' ? more : {}),
    }))
    const parentRefs = spec?.['parentRefs'] as readonly object[]
    const parents = parentRefs.map((parentRef) => ({
      parentRef,
      controllerName: 'example.org/gateway',
      conditions,
    }))
    expect(await plane.ask('PATCH', `${path(namespace)}/status`, { status: { parents } }, merge)).to.equal(200)
  }

  /** A namespace with a route of somebody else: ours is its second rule. */
  async function made(
    rules: readonly object[] = [{ name: 'other', matches, filters, backendRefs: [backend('other', 3)] }, { name: 'users' }],
  ) {
    const namespace = await plane.namespace()
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop', annotations: { 'example.org/owner': 'platform' } },
      spec: { parentRefs: [{ name: 'public' }], hostnames: ['shop.example.org'], rules },
    }
    expect(await plane.ask('PATCH', `${path(namespace)}?fieldManager=platform`, route, 'application/apply-patch+yaml')).to.equal(
      201,
    )
    const revisions = createRevisions(plane.server, ref, namespace)
    for (const revision of [stable, canary]) await revisions.run(revisionOf(revision), 0, fencingToken(1, 1))
    return { namespace, revisions, traffic: routeOf(namespace) }
  }

  const stand = async () => {
    const { namespace, revisions, traffic } = await made()
    return {
      traffic,
      revisions: [stable, canary] as const,
      settle: () => says(namespace),
      async removeRevisions(token: number) {
        await revisions.remove(stable, fencingToken(token, 2))
        await revisions.remove(canary, fencingToken(token, 3))
      },
      async changeByHand(revision: string) {
        const value = [backend(service(revision), 1)]
        const patch = [{ op: 'replace', path: '/spec/rules/1/backendRefs', value }]
        const at = `${path(namespace)}?fieldManager=kubectl-by-hand`
        expect(await plane.ask('PATCH', at, patch, 'application/json-patch+json')).to.equal(200)
      },
      async [Symbol.asyncDispose]() {},
    }
  }
  owesTraffic('gateway-api', stand)
  owesToOthers('gateway-api', stand)

  it('is the only thing that changes: other rules, filters, matches, annotations and backends stay as they are', async () => {
    const { namespace, traffic } = await made([
      { name: 'other', matches, filters, backendRefs: [backend('other', 3)] },
      { name: 'users', matches, filters, backendRefs: [backend('elsewhere', 7, { filters })] },
    ])
    const before = await read(namespace)
    await traffic.open(ref, fencingToken(1, 1))
    await traffic.setWeights(ref, { [stable]: 90, [canary]: 10 }, fencingToken(1, 2))
    await traffic.setWeights(ref, { [canary]: 100 }, fencingToken(1, 3))
    const after = await read(namespace)
    expect(rulesOf(after)[1]?.backendRefs).to.deep.equal([backend('elsewhere', 7, { filters }), backend(service(canary), 100)])
    const rest = ({ spec, metadata: { labels, annotations } }: LiveObject) => [
      { ...spec, rules: [rulesOf({ spec } as LiveObject)[0], { ...rulesOf({ spec } as LiveObject)[1], backendRefs: [] }] },
      labels,
      annotations['example.org/owner'],
    ]
    expect(rest(after)).to.deep.equal(rest(before))
    expect(Object.keys(after.metadata.annotations).toSorted()).to.deep.equal([
      'example.org/owner',
      'traffic.holdfast.dev/shop.production',
    ])
  })

  it('keeps what an owner adds to our backends, and drops the backends of revisions without weight', async () => {
    const { namespace, traffic, revisions } = await made()
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    const patch = [{ op: 'add', path: '/spec/rules/1/backendRefs/0/filters', value: filters }]
    expect(await plane.ask('PATCH', path(namespace), patch, 'application/json-patch+json')).to.equal(200)
    await traffic.setWeights(ref, { [stable]: 60, [canary]: 40 }, fencingToken(1, 3))
    expect(rulesOf(await read(namespace))[1]?.backendRefs).to.deep.equal([
      backend(service(stable), 60, { filters }),
      backend(service(canary), 40),
    ])
    await traffic.setWeights(ref, { [canary]: 100 }, fencingToken(1, 4))
    await revisions.remove(stable, fencingToken(1, 5))
    expect(await backendsIn(namespace)).to.deep.equal({ [service(canary)]: 100 })
    await traffic.setWeights(ref, {}, fencingToken(2, 1))
    expect(await backendsIn(namespace)).to.deep.equal({})
  })

  it('of two services in one route are not disturbed by each other, nor by their fencing tokens', async () => {
    const { namespace, traffic } = await made([{ name: 'cart' }, { name: 'users' }])
    const cart = { service: 'cart', environment: 'production' }
    await createRevisions(plane.server, cart, namespace).run(revisionOf(stable), 0, fencingToken(1, 1))
    const other = routeOf(namespace, { rule: 'cart' })
    await other.open(cart, fencingToken(9, 1))
    await Promise.all([
      traffic.setWeights(ref, { [stable]: 50, [canary]: 50 }, fencingToken(1, 2)),
      other.setWeights(cart, { [stable]: 100 }, fencingToken(9, 2)),
    ])
    expect(await backendsIn(namespace, 0)).to.deep.equal({ [service(stable, cart)]: 100 })
    expect(await backendsIn(namespace, 1)).to.deep.equal({ [service(stable)]: 50, [service(canary)]: 50 })
    expect(await other.read(cart)).to.deep.include({ desired: { [stable]: 100 }, generation: 1, foreign: null })
  })

  it('is in effect once each parent has taken the present generation, and never before', async () => {
    const { namespace, traffic } = await made()
    const weights = { [stable]: 90, [canary]: 10 }
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    expect(await traffic.read(ref)).to.deep.include({ inEffect: false, effective: { [stable]: 0 } })
    await says(namespace)
    expect(await traffic.read(ref)).to.deep.include({
      inEffect: true,
      effective: { [stable]: 100 },
      url: 'http://shop.example.org',
    })
    await traffic.setWeights(ref, weights, fencingToken(1, 3))
    const lagging = { desired: weights, effective: { [stable]: 100, [canary]: 0 }, inEffect: false }
    expect(await traffic.read(ref)).to.deep.include(lagging)
    await says(namespace, {}, 1)
    expect(await traffic.read(ref), 'of an older generation').to.deep.include(lagging)
    await says(namespace, { status: 'False', reason: 'BackendNotFound', message: 'there is no Service' })
    expect(await traffic.read(ref), 'unresolved').to.deep.include({
      inEffect: false,
      foreign: 'example.org/gateway says of HTTPRoute shop at public: there is no Service',
    })
    await says(namespace)
    expect(await traffic.read(ref)).to.deep.include({ effective: weights, inEffect: true, foreign: null })
    const parents = { spec: { parentRefs: [{ name: 'public' }, { name: 'private' }] } }
    expect(await plane.ask('PATCH', path(namespace), parents, merge)).to.equal(200)
    expect((await traffic.read(ref)).inEffect, 'a parent that has not answered').to.equal(false)
    await says(namespace)
    expect((await traffic.read(ref)).inEffect).to.equal(true)
  })

  it('is found by its backends wherever somebody moves it and whatever it is called, so that a revert is never refused', async () => {
    const { namespace, traffic } = await made()
    const byIndex = routeOf(namespace, { rule: 1 })
    await byIndex.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    const inserted = [{ op: 'add', path: '/spec/rules/0', value: { name: 'new', matches, backendRefs: [backend('other', 1)] } }]
    expect(await plane.ask('PATCH', path(namespace), inserted, 'application/json-patch+json')).to.equal(200)
    const others = (await read(namespace)).spec?.['rules'] as readonly object[]
    await byIndex.setWeights(ref, { [canary]: 100 }, fencingToken(1, 3))
    expect(await backendsIn(namespace, 2)).to.deep.equal({ [service(canary)]: 100 })
    expect(rulesOf(await read(namespace)).slice(0, 2)).to.deep.equal(others.slice(0, 2))
    const renamed = [{ op: 'replace', path: '/spec/rules/2/name', value: 'renamed' }]
    expect(await plane.ask('PATCH', path(namespace), renamed, 'application/json-patch+json')).to.equal(200)
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 4))
    expect(await backendsIn(namespace, 2)).to.deep.equal({ [service(stable)]: 100 })
  })

  it('that does not exist cannot be opened, and has nothing to be taken out of it', async () => {
    const { namespace } = await made()
    for (const config of [{ rule: 'absent' }, { rule: 9 }, {}, { rule: 'users', route: 'absent' }]) {
      const absent = routeOf(namespace, config)
      expect(await outcomeOf(absent.open(ref, fencingToken(1, 5)))).to.equal('target-not-ready')
      expect(await outcomeOf(absent.read(ref))).to.equal('not-found')
      expect((await absent.setWeights(ref, {}, fencingToken(1, 5))).desired).to.deep.equal({})
    }
  })

  it('is decided anew where somebody changes the route between reading and writing, and the change stays', async () => {
    const { namespace, traffic } = await made()
    await traffic.open(ref, fencingToken(1, 2))
    const { server, reached, letGo } = frozenBefore(plane.server, (request) => request === 'patchJson HTTPRoute')
    const setting = routeOf(namespace, undefined, server).setWeights(ref, { [stable]: 100 }, fencingToken(1, 3))
    await reached
    const inserted = [{ op: 'add', path: '/spec/rules/0', value: { name: 'new', matches, backendRefs: [backend('other', 1)] } }]
    expect(await plane.ask('PATCH', path(namespace), inserted, 'application/json-patch+json')).to.equal(200)
    letGo()
    expect(await setting).to.deep.include({ desired: { [stable]: 100 }, foreign: null })
    expect(rulesOf(await read(namespace)).map(({ name }) => name)).to.deep.equal(['new', 'other', 'users'])
    expect(await backendsIn(namespace, 2)).to.deep.equal({ [service(stable)]: 100 })
  })

  it('has what the newest turn asked, whenever a late writer wakes', async () => {
    const seen: string[] = []
    for (let nth = 1; ; nth++) {
      const { namespace, traffic } = await made()
      await traffic.open(ref, fencingToken(1, 2))
      const { server, reached, letGo } = frozenBefore(plane.server, (_, at) => at === nth)
      const late = outcomeOf(routeOf(namespace, {}, server).setWeights(ref, { [canary]: 100 }, fencingToken(2, 1)))
      const at = await Promise.race([reached, late.then(() => null)])
      if (at === null) break
      await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(3, 1))
      letGo()
      // Before its write it is refused. After it, the newer turn has written over it, which the late writer may find out or not.
      if (!seen.includes('patchJson HTTPRoute')) expect(await late, `frozen before ${at}`).to.equal('stale-token')
      await late
      expect(await traffic.read(ref), `frozen before ${at}`).to.deep.include({ desired: { [stable]: 100 }, foreign: null })
      expect(await backendsIn(namespace), `frozen before ${at}`).to.deep.equal({ [service(stable)]: 100 })
      seen.push(at)
    }
    expect(seen).to.include('patchJson HTTPRoute')
  })

  it('that a late writer changed is changed back, where a newer turn has written only another object', async () => {
    const { namespace, traffic, revisions } = await made()
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    const before = await read(namespace)
    const { server, reached, letGo } = frozenBefore(plane.server, (request) => request === 'patchJson HTTPRoute')
    const late = outcomeOf(routeOf(namespace, undefined, server).setWeights(ref, { [canary]: 100 }, fencingToken(2, 1)))
    await reached
    await revisions.run(revisionOf(stable), 0, fencingToken(3, 1))
    letGo()
    expect(await late).to.equal('stale-token')
    const after = await read(namespace)
    expect([after.spec, after.metadata.annotations]).to.deep.equal([before.spec, before.metadata.annotations])
  })

  it('without a right fails with one sentence that has verb and resource', async () => {
    const { namespace } = await made()
    const problem = await routeOf(namespace, undefined, plane.nobody)
      .read(ref)
      .catch((error: Error) => error.message)
    expect(problem).to.match(/^Holdfast may not (list|get) [a-z.]+ in namespace /)
  })
})
