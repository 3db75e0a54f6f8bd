/** The target on a real cluster: what it runs, what it reports of it, and what it refuses. Each test has a namespace of its own. */
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { revisionName } from '../../adapters/kubernetes/objects.ts'
import { kubernetesTarget } from '../../adapters/target/kubernetes.ts'
import type { RevisionStatus, Target } from '../../adapters/target/target.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import type { ShopImage } from './shop-images.ts'
import { addShopImages, shopImage, shopTemplate } from './shop-images.ts'

describe('the target on a cluster', function () {
  this.timeout(240_000)
  let plane: ControlPlane
  let kubeconfig: string

  before(async function () {
    this.timeout(300_000)
    plane = await orLeaveOut(this, controlPlane())
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has a kubelet of its own')
    kubeconfig = await testKubeconfig()
    await addShopImages(kubeconfig)
  })

  async function opened() {
    const namespace = await plane.namespace()
    const owners = { 'team-shop': { [namespace]: { serviceAccounts: [], secrets: [] } } }
    const clusters = { test: { kubeconfig, owners } }
    const settings = { clusters: () => clusters }
    const config = kubernetesTarget.config.parse({ cluster: 'test', namespace, template: shopTemplate, port: 8080 })
    const target = kubernetesTarget.create(settings, config)
    const spec = (image: ShopImage) => ({ revision: `r-${image}`, version: image, artifact: shopImage(image), config })
    return { namespace, settings, config, target, spec }
  }
  const statusOf = async (target: Target, image: ShopImage): Promise<RevisionStatus | undefined> =>
    (await target.status(ref)).find(({ revision }) => revision === `r-${image}`)
  const seen = (what: string, target: Target, image: ShopImage, isIt: (status: RevisionStatus) => boolean) =>
    until(
      what,
      async () => {
        const status = await statusOf(target, image)
        return status && isIt(status) ? status : undefined
      },
      120_000,
    )

  it('runs as many pods as asked, reaches them directly, reads what they print, and removes them', async () => {
    const { target, spec } = await opened()
    expect(await target.status(ref)).to.deep.equal([])
    expect(await outcomeOf(target.logs(ref, { lines: 5 }))).to.equal('not-found')
    const asked = await target.run(ref, spec('first'), 2, fencingToken(1, 1))
    expect(asked).to.include({ revision: 'r-first', version: 'first', wantedReplicas: 2, cannotStart: null })
    const ready = await seen('two ready pods', target, 'first', ({ readyReplicas }) => readyReplicas === 2)
    expect(ready).to.include({ exitCount: 0, deadSinceMs: null, detail: 'its pods are ready' })
    expect(ready.startMs).to.be.a('number')
    expect(await target.run(ref, spec('first'), 2, fencingToken(1, 1))).to.include({ wantedReplicas: 2, readyReplicas: 2 })

    const smoke = (path: string, status: number) => target.smoke(ref, 'r-first', { path, status, withinMs: 20_000 })
    expect(await smoke('/', 200)).to.include({ ok: true })
    expect((await smoke('/missing', 200)).detail).to.match(/^GET \/missing answered 404 in \d+ ms, expected 200$/)
    for (const outside of ['/../../../../secrets', '/%2e%2e/%2e%2e/x', '/%2F..%2Fx'])
      expect(await outcomeOf(smoke(outside, 200)), outside).to.equal('invalid-input')

    const lines = await until('their first lines', async () => {
      const found = await target.logs(ref, { lines: 5 })
      return found.length === 2 && found
    })
    for (const line of lines) expect(line).to.include({ line: 'shop 1.0.0 begins', version: 'first' })
    expect(new Set(lines.map(({ replica }) => replica)).size).to.equal(2)

    await target.remove(ref, 'r-first', fencingToken(1, 2))
    await target.remove(ref, 'never-seen', fencingToken(1, 3))
    expect(await target.status(ref)).to.deep.equal([])
    expect(await outcomeOf(target.run(ref, spec('first'), 2, fencingToken(1, 1)))).to.match(/^stale-/)
  })

  it('says why a version cannot start: an image that does not exist, and a process that keeps ending', async () => {
    const { target, spec } = await opened()
    for (const [step, image] of (['absent', 'broken', 'silent'] as const).entries())
      await target.run(ref, spec(image), 1, fencingToken(1, step + 1))
    const absent = await seen('the missing image', target, 'absent', ({ cannotStart }) => cannotStart !== null)
    expect(absent.cannotStart).to.include(`image ${shopImage('absent')} cannot be pulled`)
    const broken = await seen('the crash loop', target, 'broken', ({ cannotStart }) => cannotStart !== null)
    expect(broken.cannotStart).to.include('ends with exit code 7').and.include('printed last: no configuration')
    // It was never ready, so its ends say nothing about a version that serves.
    expect(broken).to.deep.include({ exitCount: 0, exits: [], deadSinceMs: null })
    const silent = await seen('the probe', target, 'silent', ({ detail }) => detail.includes('readiness probe'))
    expect(silent).to.include({ cannotStart: null, readyReplicas: 0 })
  })

  it('counts a crash of a pod that was ready, keeps it when the pod is gone, and counts no removal', async () => {
    const { target, spec, namespace } = await opened()
    await target.run(ref, spec('first'), 1, fencingToken(1, 1))
    await seen('a ready pod', target, 'first', ({ readyReplicas }) => readyReplicas === 1)
    const service = `/api/v1/namespaces/${namespace}/services/${revisionName(ref, 'r-first')}:http/proxy/crash`
    await plane.ask('GET', service, {})
    const crashed = await seen('the crash', target, 'first', ({ exitCount }) => exitCount === 1)
    expect(crashed.exits).to.have.length(1)
    expect(crashed.exits[0]).to.include({ replica: 0, code: 3, signal: null })
    expect(crashed.exits[0]?.lines).to.include('shop 1.0.0 breaks')
    await seen('it is ready again', target, 'first', ({ readyReplicas }) => readyReplicas === 1)
    const pods = await plane.server.list(['Pod'], namespace, {})
    for (const { object } of pods) await plane.ask('DELETE', `/api/v1/namespaces/${namespace}/pods/${object.metadata.name}`, {})
    const replaced = await until(
      'another pod',
      async () => {
        const names = (await plane.server.list(['Pod'], namespace, {})).map(({ object }) => object.metadata.name)
        const status = await statusOf(target, 'first')
        return (
          status?.readyReplicas === 1 && names.every((name) => !pods.some((pod) => pod.object.metadata.name === name)) && status
        )
      },
      120_000,
    )
    expect(replaced).to.include({ exitCount: 1, deadSinceMs: null })
  })

  it('may use only what the operator gives to the owners, and answers for a cluster that is not in the file', async () => {
    const { settings, config, namespace } = await opened()
    expect(kubernetesTarget.refusal?.(settings, config, ['team-shop'])).to.deep.equal([])
    for (const owners of [[], ['team-till']])
      expect(kubernetesTarget.refusal?.(settings, config, owners).map(({ pointer }) => pointer)).to.deep.equal(['/namespace'])
    const elsewhere = kubernetesTarget.create({ clusters: () => ({}) }, config)
    expect(await outcomeOf(elsewhere.status(ref))).to.equal('target-unavailable')
    expect(namespace).to.be.a('string')
  })
})
