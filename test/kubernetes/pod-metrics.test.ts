/** What `kubectl top` shows on the run's cluster: metrics-server reads the kubelet, and the API server answers with what it read. */
import { randomBytes } from 'node:crypto'
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { bytesOf } from '../cluster/kubelet/memory-group.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import { addImages } from './test-images.ts'

/** A quantity above zero: thousandths, millionths or billionths of a core, or whole ones, whichever is the shortest without a fraction. */
const isSome = (cpu: string): boolean => /^[1-9]\d*[num]?$/.test(cpu)

interface PodMetrics {
  readonly containers: readonly { readonly name: string; readonly usage: { readonly cpu: string; readonly memory: string } }[]
}

describe('the resource metrics of pods', () => {
  const namespace = `metrics-${randomBytes(4).toString('hex')}`
  let core: CoreV1Api
  let objects: CustomObjectsApi

  before(async function () {
    this.timeout(300_000)
    const file = await orLeaveOut(this, testKubeconfig('pod-metrics'))
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has images of its own')
    const config = new KubeConfig()
    config.loadFromFile(file)
    core = config.makeApiClient(CoreV1Api)
    objects = config.makeApiClient(CustomObjectsApi)
    const burns = 'const until = () => { for (const end = Date.now() + 50; Date.now() < end; ); setTimeout(until, 450) }; until()'
    await addImages(file, { 'test/burns:1': { command: [process.execPath, '-e', burns] } })
    await core.createNamespace({ body: { metadata: { name: namespace } } })
  })
  after(async () => {
    if (core) await core.deleteNamespace({ name: namespace })
  })

  it('show the processor time and the memory of a pod that burns some', async function () {
    this.timeout(240_000)
    const spec = { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'test/burns:1' }] }
    await core.createNamespacedPod({ namespace, body: { metadata: { name: 'burns' }, spec } })
    const read = { group: 'metrics.k8s.io', version: 'v1beta1', namespace, plural: 'pods', name: 'burns' }
    const usage = async () => {
      const metrics = await (objects.getNamespacedCustomObject(read) as Promise<PodMetrics>).catch(() => undefined)
      return metrics?.containers.find(({ name, usage: { cpu } }) => name === 'app' && isSome(cpu))
    }
    // metrics-server reads every 10 s, and answers after its second look at the container.
    const app = await until('the usage of the pod', usage, 200_000)
    expect(bytesOf(app.usage.memory)).to.be.greaterThan(10 * 1024 ** 2)
  })
})
