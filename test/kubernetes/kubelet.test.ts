/** The process kubelet on a real control plane, as journeys use it. Each test has a namespace of its own. */
import { randomBytes } from 'node:crypto'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { V1Container, V1ContainerStatus, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { expect } from 'chai'
import { startTime } from '../../adapters/process/process-table.ts'
import { givenKubeconfig, testKubeconfig } from '../cluster/for-tests.ts'
import { imagesFile } from '../cluster/parts.ts'
import { leaveOut, orLeaveOut } from '../left-out.ts'
import { until } from '../stack/until.ts'
import { addImages } from './test-images.ts'

const serves = `require('node:http').createServer((request, response) => response.writeHead(process.env.STATUS ?? 200).end()).listen(8080)`

describe('the process kubelet on a real control plane', () => {
  let core: CoreV1Api
  let kubeconfig = ''
  const namespace = `kubelet-${randomBytes(4).toString('hex')}`

  before(async function () {
    this.timeout(300_000)
    const file = await orLeaveOut(this, testKubeconfig())
    if (givenKubeconfig()) leaveOut(this, 'the cluster that was given has a kubelet of its own')
    kubeconfig = file
    const config = new KubeConfig()
    config.loadFromFile(file)
    core = config.makeApiClient(CoreV1Api)
    await addImages(file, {
      'test/sh:1': { command: ['sh', '-c'] },
      'test/node:1': { command: [process.execPath, '-e'] },
    })
    await core.createNamespace({ body: { metadata: { name: namespace } } })
  })
  after(async () => {
    if (core) await core.deleteNamespace({ name: namespace })
  })

  const create = (name: string, container: Partial<V1Container>, spec: Partial<V1PodSpec> = {}) =>
    core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name },
        spec: { terminationGracePeriodSeconds: 3, containers: [{ name: 'app', image: 'test/sh:1', ...container }], ...spec },
      },
    })
  const read = (name: string): Promise<V1Pod> => core.readNamespacedPod({ name, namespace })
  const seen = (what: string, name: string, isIt: (app: V1ContainerStatus, pod: V1Pod) => boolean) =>
    until(what, async () => {
      const pod = await read(name)
      const app = pod.status?.containerStatuses?.[0]
      return app && isIt(app, pod) ? { pod, app } : undefined
    })
  const isGone = (name: string) =>
    until('the object is gone', () =>
      read(name).then(
        () => false,
        () => true,
      ),
    )
  const log = (name: string, previous = false) => core.readNamespacedPodLog({ name, namespace, previous })

  it('runs a pod until its work is done, and keeps its log', async () => {
    await create('job', { args: ['echo done'] }, { restartPolicy: 'Never' })
    await seen('the pod completed', 'job', (_app, { status }) => status?.phase === 'Succeeded')
    expect(await log('job')).to.equal('done\n')
  })

  it('makes a pod ready when its probe passes, and unready when it fails', async () => {
    const readinessProbe = { httpGet: { port: 8080 }, periodSeconds: 1 }
    await create('ready', { image: 'test/node:1', args: [serves], readinessProbe })
    await create('unready', { image: 'test/node:1', args: [serves], readinessProbe, env: [{ name: 'STATUS', value: '503' }] })
    await seen('it is ready', 'ready', ({ ready }) => ready)
    const unhealthy = await until('the event of the probe', async () => {
      const events = await core.listNamespacedEvent({ namespace, fieldSelector: 'involvedObject.name=unready,reason=Unhealthy' })
      return events.items.find(({ message }) => message?.includes('503'))
    })
    expect(unhealthy.message).to.equal('Readiness probe failed: HTTP probe failed with statuscode: 503')
  })

  it('starts a container that fails its liveness probe again', async () => {
    const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 }
    await create('sick', { args: ['exec sleep 600'], livenessProbe })
    await seen('a restart', 'sick', ({ restartCount }) => restartCount > 0)
  })

  it('shows CrashLoopBackOff with the exit code and the last output', async () => {
    await create('crash', { args: ['echo no database; exit 3'], terminationMessagePolicy: 'FallbackToLogsOnError' })
    const { app } = await seen('its back-off', 'crash', ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff')
    expect(app.lastState?.terminated).to.include({ exitCode: 3, reason: 'Error', message: 'no database\n' })
  })

  it('shows ImagePullBackOff for an image that does not exist', async () => {
    await create('gone', { image: 'test/gone:1' })
    await seen('its back-off', 'gone', ({ state }) => state?.waiting?.reason === 'ImagePullBackOff')
  })

  it('waits for a file of images that cannot be read, says so, and goes on', async () => {
    const file = imagesFile(dirname(kubeconfig))
    const before = await readFile(file, 'utf8')
    try {
      await writeFile(file, '{ half')
      await create('unknown', { args: ['echo here; exec sleep 600'] })
      const { app } = await seen('its error', 'unknown', ({ state }) => state?.waiting?.reason === 'ErrImagePull')
      expect(app.state?.waiting?.message).to.include(`the images in ${file} cannot be read`)
    } finally {
      await writeFile(file, before)
    }
    await seen('it runs', 'unknown', ({ state }) => state?.running !== undefined)
  })

  it("leaves no process in a pod's network when its object is gone, whatever the hook started", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-stays-'))
    const file = join(folder.path, 'pid')
    const hook = ['sh', '-c', `setsid sleep 600 & echo $! > ${file}`]
    await create('stays', { args: ['echo up; exec sleep 600'], lifecycle: { preStop: { exec: { command: hook } } } })
    await until('it is up', async () => (await log('stays').catch(() => '')) === 'up\n')
    await core.deleteNamespacedPod({ name: 'stays', namespace })
    await isGone('stays')
    const pid = Number(await readFile(file, 'utf8'))
    expect(pid).to.be.greaterThan(0)
    expect(startTime(pid)).to.equal('')
  })

  it('runs the preStop hook before SIGTERM, and removes the object when the process has ended', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-leaving-'))
    const marks = join(folder.path, 'marks')
    const args = [`trap 'echo SIGTERM >> ${marks}; exit 0' TERM; echo up; while :; do sleep 0.05; done`]
    const hook = ['sh', '-c', `echo hook >> ${marks}; sleep 0.5; echo hook is over >> ${marks}`]
    await create('leaving', { args, lifecycle: { preStop: { exec: { command: hook } } } })
    await until('it is up', async () => (await log('leaving').catch(() => '')) === 'up\n')
    await core.deleteNamespacedPod({ name: 'leaving', namespace })
    await isGone('leaving')
    expect(await readFile(marks, 'utf8')).to.equal('hook\nhook is over\nSIGTERM\n')
  })

  it('kills a process that ignores SIGTERM when its grace is over', async () => {
    await create('deaf', { args: [`trap '' TERM; echo up; while :; do sleep 0.05; done`] })
    await until('it is up', async () => (await log('deaf').catch(() => '')) === 'up\n')
    const askedAtMs = Date.now()
    await core.deleteNamespacedPod({ name: 'deaf', namespace })
    await isGone('deaf')
    // The grace is 3 s, by the clocks of two processes.
    expect(Date.now() - askedAtMs).to.be.at.least(2_900)
  })
})
