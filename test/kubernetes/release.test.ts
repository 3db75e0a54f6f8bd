/**
 * Releases on a real cluster, from the API to the pods: requested, run, split, judged and reverted by the processes that `npm start` runs.
 * Users' requests pass the API server, which draws one of the endpoints of the Service that users reach.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { StartedAnswer, read } from '../../cli/api-answers.ts'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { atEnd } from '../stack/at-end.ts'
import type { ShopRelease } from '../stack/shop-release.ts'
import { shopRelease } from '../stack/shop-release.ts'
import type { TestStack } from '../stack/stack.ts'
import { ownStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'
import type { ControlPlane } from './control-plane.ts'
import { controlPlane } from './control-plane.ts'
import { addShopImages, shopImage, shopTemplate } from './shop-images.ts'
import type { ShopImage } from './shop-images.ts'
import type { UsersThrough } from './users-through.ts'
import { usersThrough } from './users-through.ts'

const service = 'shop'

describe('a release on a cluster', function () {
  this.timeout(600_000)
  let plane: ControlPlane
  let stack: TestStack
  let namespace: string
  let users: UsersThrough

  before(async function () {
    this.timeout(600_000)
    plane = await orLeaveOut(this, controlPlane())
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has no image that stands for a command')
    const kubeconfig = await testKubeconfig()
    await addShopImages(kubeconfig)
    namespace = await plane.namespace()
    stack = await ownStack({ HOLDFAST_CLUSTERS_FILE: clustersFile(kubeconfig, namespace) })
    await stack.client.call({ method: 'PUT', path: `/v1/services/${service}`, body: declaration(namespace) })
    users = usersThrough(plane, `/api/v1/namespaces/${namespace}/services/${service}-production:80/proxy/`)
  })

  async function release(image: ShopImage, version: string): Promise<ShopRelease> {
    const body = { version, artifact: { image: shopImage(image) } }
    const { json } = await stack.client.call({ method: 'POST', path: `/v1/services/${service}/releases`, body })
    const { id } = read(StartedAnswer, json)
    return shopRelease(stack.client, id, `/v1/releases/${id}`)
  }
  const effective = async (): Promise<Readonly<Record<string, number>>> => {
    const { json } = await stack.client.call({ method: 'GET', path: `/v1/services/${service}/environments/production` })
    const { traffic } = json as { traffic: { effective: Record<string, number>; versions: Record<string, string> } }
    return Object.fromEntries(Object.entries(traffic.effective).map(([revision, weight]) => [traffic.versions[revision], weight]))
  }

  it('becomes the stable version where it is the first, and users reach it', async () => {
    const first = await release('first', '1.0.0')
    expect(await first.end()).to.equal('succeeded')
    await until('users reach it', async () => (await users.one()) === '1.0.0', 60_000)
    expect(await effective()).to.deep.equal({ '1.0.0': 100 })
  })

  it('that is good gets its share of the pods, is promoted by its evidence, and no user notices', async () => {
    await using sent = users.begin(20)
    const second = await release('second', '1.1.0')
    const baking = await second.phase('baking')
    expect(baking.weightPercent).to.equal(33)
    await until('users reach both', async () => sent.counts['1.0.0'] && sent.counts['1.1.0'])
    expect(await second.end(400_000)).to.equal('succeeded')
    await until('users reach the new version alone', async () => (await users.last(20)).every((one) => one === '1.1.0'), 60_000)
    expect(await effective()).to.deep.equal({ '1.1.0': 100 })
    expect(sent.failed()).to.deep.equal([])
  })

  it('that fails a quarter of its answers is reverted by its evidence, and users are back at the stable version', async () => {
    await using sent = users.begin(20)
    const bad = await release('failing', '1.2.0')
    expect(await bad.end(400_000)).to.equal('rolled-back')
    expect((await bad.read()).reason?.code).to.equal('fail')
    await until(
      'users reach the stable version alone',
      async () => (await users.last(20)).every((one) => one === '1.1.0'),
      60_000,
    )
    expect(await effective()).to.deep.equal({ '1.1.0': 100 })
    expect(Object.keys(sent.counts).toSorted()).to.include.members(['1.1.0', '500'])
  })

  for (const [image, version, reason] of [
    ['silent', '1.3.0', /readiness probe/],
    ['absent', '1.4.0', /cannot be pulled/],
    ['broken', '1.5.0', /exit code 7/],
  ] as const)
    it(`whose pods never serve (${image}) gets no user and is reverted, and says why`, async () => {
      await using sent = users.begin(10)
      const bad = await release(image, version)
      expect(await bad.end()).to.equal('rolled-back')
      expect((await bad.read()).reason?.detail).to.match(reason)
      expect(await effective()).to.deep.equal({ '1.1.0': 100 })
      expect(Object.keys(sent.counts)).to.deep.equal(['1.1.0'])
    })
})

function clustersFile(kubeconfig: string, namespace: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hf-clusters-'))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'clusters.yaml')
  const clusters = { test: { kubeconfig, owners: { 'team-shop': { [namespace]: { serviceAccounts: [], secrets: [] } } } } }
  writeFileSync(file, JSON.stringify(clusters), { mode: 0o600 })
  return file
}

/** Five percent of errors are good and a quarter is not: far enough apart that few requests decide. */
const declaration = (namespace: string) => ({
  kind: 'Service',
  name: service,
  owners: ['team-shop'],
  objective: { errors: '5%' },
  environments: [
    {
      name: 'production',
      target: { kind: 'kubernetes', cluster: 'test', namespace, replicas: 2, port: 8080, template: shopTemplate },
      traffic: { kind: 'replicas' },
      metrics: { kind: 'pods' },
      strategy: {
        kind: 'canary',
        steps: [{ weight: 33 }],
        bake: { min: '5s', max: '5m' },
        progressDeadline: '60s',
        scaleDownDelay: '1s',
      },
      smoke: [{ path: '/', status: 200, within: '20s' }],
      analysis: { warmUp: '2s', metrics: [{ kind: 'errors', share: 1 }] },
      watch: '5s',
    },
  ],
})
