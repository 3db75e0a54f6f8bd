/** A node is drained: the eviction API obeys a disruption budget, and nothing new is put on a cordoned node. */
import { randomBytes } from 'node:crypto'
import type { V1Pod } from '@kubernetes/client-node'
import { AppsV1Api, CoreV1Api, KubeConfig, PatchStrategy, PolicyV1Api, setHeaderOptions } from '@kubernetes/client-node'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { nodeName } from '../cluster/cluster-home.ts'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { statusOf } from '../cluster/kubelet/cluster-objects.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import { addImages } from './test-images.ts'

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const withinMs = 120_000

describe('a node that is drained', () => {
  const namespace = `drain-${randomBytes(4).toString('hex')}`
  const labels = { app: 'shop' }
  let core: CoreV1Api
  let apps: AppsV1Api
  let policy: PolicyV1Api

  before(async function () {
    this.timeout(300_000)
    const file = await orLeaveOut(this, testKubeconfig())
    // Tests cordon no node of a cluster in which others may work.
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has nodes of its own')
    const config = new KubeConfig()
    config.loadFromFile(file)
    core = config.makeApiClient(CoreV1Api)
    apps = config.makeApiClient(AppsV1Api)
    policy = config.makeApiClient(PolicyV1Api)
    await addImages(file, { 'test/idle:1': { command: ['sleep', '600'] } })
    await core.createNamespace({ body: { metadata: { name: namespace } } })
    const template = {
      metadata: { labels },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'test/idle:1' }] },
    }
    const spec = { replicas: 2, selector: { matchLabels: labels }, template }
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'shop' }, spec } })
    const budget = { minAvailable: 2, selector: { matchLabels: labels } }
    await policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata: { name: 'shop' }, spec: budget } })
  })
  after(async () => {
    if (core) await core.deleteNamespace({ name: namespace })
  })

  /** Waits until a controller has seen it and has tainted the node, or has taken the taint away. */
  const cordon = async (unschedulable: boolean): Promise<void> => {
    await core.patchNode({ name: nodeName, body: { spec: { unschedulable } } }, merge)
    const isTainted = async () =>
      ((await core.readNode({ name: nodeName })).spec?.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/unschedulable')
    await until('the taint of the node', async () => (await isTainted()) === unschedulable, withinMs)
  }
  const pods = async (): Promise<readonly V1Pod[]> => (await core.listNamespacedPod({ namespace })).items
  /** Waits until the budget's controller has counted them. */
  const healthy = (count: number) =>
    until(
      `${count} healthy pods`,
      async () => (await policy.readNamespacedPodDisruptionBudget({ name: 'shop', namespace })).status?.currentHealthy === count,
      withinMs,
    )
  /** The status of the answer. */
  const evict = ({ metadata }: V1Pod): Promise<number> => {
    const name = metadata?.name ?? ''
    return core.createNamespacedPodEviction({ name, namespace, body: { metadata: { name } } }).then(() => 201, statusOf)
  }
  const isGone =
    ({ metadata }: V1Pod) =>
    async () =>
      (await pods()).every((pod) => pod.metadata?.uid !== metadata?.uid)
  const unplaced = async (): Promise<string | undefined> =>
    (await pods())
      .flatMap(({ status }) => status?.conditions ?? [])
      .find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message

  it('keeps what a budget asks for, lets the rest go, and takes nothing until it is uncordoned', async function () {
    this.timeout(4 * withinMs)
    await healthy(2)
    await cordon(true)
    try {
      const [first] = await pods()
      expect(first && (await evict(first))).to.equal(429)
      await apps.patchNamespacedDeployment({ name: 'shop', namespace, body: { spec: { replicas: 3 } } }, merge)
      expect(await until('a pod without a node', unplaced, withinMs)).to.include('node(s) were unschedulable')
      // The new pod runs nowhere, so the budget still needs both of the others.
      expect(first && (await evict(first))).to.equal(429)
      await cordon(false)
      await healthy(3)
      await cordon(true)
      expect(first && (await evict(first))).to.equal(201)
      if (first) await until('the evicted pod is gone', isGone(first), withinMs)
      expect(await until('its successor without a node', unplaced, withinMs)).to.include('node(s) were unschedulable')
    } finally {
      await cordon(false)
    }
    await healthy(3)
  })
})
