/** The front Service on a real API server, with pods that serve. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ApiServer } from '../../adapters/kubernetes/api-server.ts'
import { createFront } from '../../adapters/kubernetes/front-service.ts'
import { replicasTraffic } from '../../adapters/traffic/kubernetes-replicas.ts'
import type { Traffic } from '../../adapters/traffic/traffic.ts'
import { createRevisions } from '../../adapters/kubernetes/revisions.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { inEffect, owesToOthers, owesTraffic } from '../adapters/traffic-contract.ts'
import { givenKubeconfig } from '../cluster/for-tests.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { frozenBefore } from './gated.ts'
import { revisionOf, servingRevisions } from './serving-revisions.ts'

const [stable, canary] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const

describe('a front Service', function () {
  this.timeout(180_000)
  let plane: ControlPlane
  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane())
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has no image that stands for a command')
  })

  /** As a declaration opens it. With a `server`, on a client that the test holds back. */
  function frontOf(namespace: string, name = 'shop-front', server?: ApiServer): Traffic {
    const config = replicasTraffic.config.parse({ name })
    if (!server) return replicasTraffic.create(plane.settings, config, { cluster: 'test', namespace, port: 8080 })
    const { open, setWeights } = createFront(server, ref, namespace, { name, port: 80, targetPort: 8080 })
    return {
      ...frontOf(namespace, name),
      open: (_, token) => open(token),
      setWeights: (_, weights, token) => setWeights(weights, token),
    }
  }

  async function opened(replicas: readonly [number, number] = [1, 1]) {
    const serving = await servingRevisions(plane)
    const { namespace, runReady, remove } = serving
    await runReady(stable, replicas[0])
    await runReady(canary, replicas[1])
    const stand = {
      traffic: frontOf(namespace),
      revisions: [stable, canary] as const,
      settle: async () => {},
      async removeRevisions(turn: number) {
        await remove(stable, fencingToken(turn, 2))
        await remove(canary, fencingToken(turn, 3))
      },
      async changeByHand(revision: string) {
        const path = `/api/v1/namespaces/${namespace}/services/shop-front?fieldManager=kubectl-by-hand`
        const selector = { 'holdfast.dev/revision': revision }
        const type = 'application/merge-patch+json'
        expect(await plane.ask('PATCH', path, { spec: { selector } }, type)).to.equal(200)
      },
      async [Symbol.asyncDispose]() {},
    }
    return { ...stand, namespace, runReady }
  }

  owesTraffic('replicas', () => opened())
  owesToOthers('replicas', () => opened())

  /** Sends requests through the API server, which draws one of the Service's endpoints for each. Answers how many each revision served. */
  async function counted(namespace: string, requests: number): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {}
    for (let sent = 0; sent < requests; sent += 10)
      for (const { status, body } of await Promise.all(Array.from({ length: 10 }, () => through(namespace)))) {
        const who = status === 200 ? body : String(status)
        counts[who] = (counts[who] ?? 0) + 1
      }
    return counts
  }
  const through = (namespace: string) => plane.get(`/api/v1/namespaces/${namespace}/services/shop-front:80/proxy/`)
  /** The API server has a copy of the endpoints of its own, which is a moment behind. */
  const onlyBy = (namespace: string, revision: string) =>
    until(`only ${revision} answers`, async () => (await counted(namespace, 30))[revision] === 30)

  it('gives each ready pod the same share, and a revert takes all of it away while the canary still runs', async () => {
    await using stand = await opened([3, 3])
    const { traffic, namespace } = stand
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    await inEffect(stand, { [stable]: 100 })
    await onlyBy(namespace, stable)
    const mixed = { [stable]: 50, [canary]: 50 }
    await traffic.setWeights(ref, mixed, fencingToken(1, 3))
    expect((await inEffect(stand, mixed)).effective).to.deep.equal(mixed)
    await until('both answer', async () => (await counted(namespace, 30))[canary] !== undefined)
    const { [stable]: ofStable = 0, [canary]: ofCanary = 0 } = await counted(namespace, 300)
    expect(ofStable + ofCanary, 'no request failed').to.equal(300)
    // Six standard deviations.
    expect(ofCanary).to.be.within(98, 202)
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 4))
    expect((await inEffect(stand, { [stable]: 100 })).effective).to.deep.equal({ [stable]: 100 })
    await onlyBy(namespace, stable)
    expect(await counted(namespace, 100)).to.deep.equal({ [stable]: 100 })
  })

  it('shows the share that the ready pods make, and a canary that loses its pods', async () => {
    await using stand = await opened([3, 1])
    const { traffic, namespace, runReady } = stand
    const weights = { [stable]: 90, [canary]: 10 }
    await traffic.setWeights(ref, weights, fencingToken(1, 2))
    // One of four pods is the least that a canary can have.
    expect(await inEffect(stand, weights)).to.deep.include({ desired: weights, effective: { [stable]: 75, [canary]: 25 } })
    await runReady(canary, 0, fencingToken(1, 3))
    const seen = await until('no endpoint of the canary', async () => {
      const state = await traffic.read(ref)
      return state.effective[canary] === 0 && state
    })
    expect(seen).to.deep.include({ desired: weights, effective: { [stable]: 100, [canary]: 0 }, inEffect: false, foreign: null })
    await onlyBy(namespace, stable)
  })

  it('never says that weights are in effect while an endpoint is of another revision', async () => {
    await using stand = await opened()
    const { traffic } = stand
    for (const [step, revision] of [stable, canary, stable, canary].entries()) {
      const seen = [await traffic.setWeights(ref, { [revision]: 100 }, fencingToken(1, 2 + step))]
      while (!seen.at(-1)?.inEffect) seen.push(await traffic.read(ref))
      for (const { inEffect: is, effective } of seen) expect(is, JSON.stringify(effective)).to.equal(effective[revision] === 100)
    }
  })

  it('is not split while a third revision has pods, because it would get a share', async () => {
    await using stand = await opened()
    const { traffic, runReady, namespace } = stand
    await runReady('cccccccccccc', 1)
    await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    const split = (step: number) => traffic.setWeights(ref, { [stable]: 50, [canary]: 50 }, fencingToken(1, step))
    expect(await outcomeOf(split(3))).to.equal('target-not-ready')
    expect(await traffic.read(ref)).to.deep.include({ desired: { [stable]: 100 } })
    await createRevisions(plane.server, ref, namespace).run(revisionOf('cccccccccccc'), 0, fencingToken(1, 4))
    await until('it has no pod left', async () => (await outcomeOf(split(5))) === 'accepted')
  })

  it('of a new name answers beside the former one until the environment is opened again, and a name of somebody else is refused', async () => {
    await using stand = await opened()
    const { namespace } = stand
    const names = async () =>
      (await plane.server.list(['Service'], namespace, { 'holdfast.dev/role': 'front' })).map(
        ({ object }) => object.metadata.name,
      )
    await stand.traffic.setWeights(ref, { [stable]: 100 }, fencingToken(1, 2))
    const renamed = frontOf(namespace, 'shop-web')
    await renamed.setWeights(ref, { [canary]: 100 }, fencingToken(1, 3))
    expect(await names()).to.deep.equal(['shop-front', 'shop-web'])
    for (const traffic of [stand.traffic, renamed])
      expect(await traffic.read(ref)).to.deep.include({ desired: { [canary]: 100 }, generation: 2 })
    expect(await renamed.open(ref, fencingToken(1, 4))).to.deep.include({
      generation: 2,
      url: `http://shop-web.${namespace}.svc`,
    })
    expect(await names()).to.deep.equal(['shop-web'])
    const path = `/api/v1/namespaces/${namespace}/services`
    expect(await plane.ask('POST', path, { metadata: { name: 'taken' }, spec: { ports: [{ port: 1 }] } })).to.equal(201)
    expect(await outcomeOf(frontOf(namespace, 'taken').open(ref, fencingToken(1, 5)))).to.equal('invalid-input')
  })

  it('does what the newest turn asked, whenever a late writer wakes', async () => {
    const seen: string[] = []
    for (let nth = 1; ; nth++) {
      const namespace = await plane.namespace()
      const revisions = createRevisions(plane.server, ref, namespace)
      for (const revision of [stable, canary]) await revisions.run(revisionOf(revision), 0, fencingToken(1, 1))
      const traffic = frontOf(namespace)
      await traffic.open(ref, fencingToken(1, 2))
      const { server, reached, letGo } = frozenBefore(plane.server, (_, at) => at === nth)
      const late = outcomeOf(frontOf(namespace, 'shop-front', server).setWeights(ref, { [canary]: 100 }, fencingToken(2, 1)))
      const at = await Promise.race([reached, late.then(() => null)])
      if (at === null) break
      await traffic.setWeights(ref, { [stable]: 100 }, fencingToken(3, 1))
      letGo()
      // Before its write it is refused. After it, the newer turn has written over it, which the late writer may find out or not.
      if (!seen.includes('apply Service')) expect(await late, `frozen before ${at}`).to.equal('stale-token')
      await late
      expect(await traffic.read(ref), `frozen before ${at}`).to.deep.include({ desired: { [stable]: 100 }, foreign: null })
      seen.push(at)
    }
    expect(seen).to.include('apply Service')
  })

  it('that a late writer created is taken back, where a newer turn has written only another object', async () => {
    const namespace = await plane.namespace()
    const { server, reached, letGo } = frozenBefore(plane.server, (request) => request === 'apply Service')
    const late = outcomeOf(frontOf(namespace, 'shop-front', server).open(ref, fencingToken(2, 1)))
    expect(await reached).to.equal('apply Service')
    await createRevisions(plane.server, ref, namespace).run(revisionOf(stable), 0, fencingToken(3, 1))
    letGo()
    expect(await late).to.equal('stale-token')
    expect(await outcomeOf(frontOf(namespace).read(ref))).to.equal('not-found')
  })
})
