import { expect } from 'chai'
import { drivenPod, notes, podOf, short } from './driven-pod.ts'

const appState = (pod: ReturnType<typeof drivenPod>) => pod.status().containerStatuses?.[0]

describe('the life of a pod', () => {
  it('begins with its network, then its containers', () => {
    const pod = drivenPod(podOf())
    expect(short(pod.step())).to.deep.equal(['make-sandbox'])
    expect(short(pod.step())).to.deep.equal([])
    expect(short(pod.seen({ kind: 'sandbox-up', ip: '10.244.0.10' }))).to.deep.equal(['start app'])
    expect(pod.status()).to.include({ phase: 'Pending', podIP: '10.244.0.10' })
    pod.startedNow()
    expect(pod.status()).to.include({ phase: 'Running' })
    expect(appState(pod)).to.include({ ready: true, started: true, restartCount: 0 })
  })

  it('begins again when its network or a volume cannot be made', () => {
    const pod = drivenPod(podOf())
    pod.step()
    const failed = pod.seen({ kind: 'sandbox-failed', reason: 'FailedMount', message: 'configmap "shop" not found' })
    expect(notes(failed)).to.deep.equal(['FailedMount: configmap "shop" not found'])
    expect(short(pod.wake())).to.deep.equal(['make-sandbox'])
  })

  it('runs init containers one after the other, and a sidecar beside those after it', () => {
    const initContainers = [{ name: 'first' }, { name: 'mesh', restartPolicy: 'Always' }, { name: 'last' }]
    const pod = drivenPod(podOf({ initContainers }))
    pod.step()
    expect(short(pod.seen({ kind: 'sandbox-up', ip: '10.244.0.10' }))).to.deep.equal(['start first'])
    pod.startedNow('first')
    expect(short(pod.exit(0, { container: 'first' }))).to.deep.equal(['start mesh'])
    expect(short(pod.startedNow('mesh'))).to.deep.equal(['start last'])
    pod.startedNow('last')
    expect(short(pod.exit(0, { container: 'last' }))).to.deep.equal(['start app'])
    pod.startedNow()
    expect(pod.status().conditions?.find(({ type }) => type === 'Ready')?.status).to.equal('True')
    expect(short(pod.delete(5))).to.deep.equal(['SIGTERM app'])
    expect(short(pod.exit(0))).to.deep.equal(['SIGTERM mesh'])
  })
})

describe('a container that crashes', () => {
  it('waits longer each time as CrashLoopBackOff, with its last state', () => {
    const pod = drivenPod(podOf())
    pod.run()
    expect(short(pod.exit(3))).to.deep.equal(['start app'])
    pod.startedNow()
    const second = pod.exit(3)
    expect(notes(second)).to.deep.equal(['BackOff: Back-off restarting failed container app in pod shop-1_shop(0001)'])
    expect(appState(pod)?.state?.waiting).to.deep.equal({
      reason: 'CrashLoopBackOff',
      message: 'back-off 10s restarting failed container=app pod=shop-1_shop(0001)',
    })
    expect(appState(pod)?.lastState?.terminated).to.include({ exitCode: 3, reason: 'Error' })
    expect(pod.wakesInMs()).to.equal(10_000)
    expect(short(pod.wait(9_999))).to.deep.equal([])
    expect(short(pod.wake())).to.deep.equal(['start app'])
    pod.startedNow()
    expect(appState(pod)?.restartCount).to.equal(2)
    expect(pod.status().phase).to.equal('Running')
  })

  it('is OOMKilled when it exceeds its memory limit', () => {
    const pod = drivenPod(podOf())
    pod.run()
    pod.exit(137, { isOutOfMemory: true })
    expect(appState(pod)?.lastState?.terminated).to.include({ exitCode: 137, reason: 'OOMKilled' })
  })

  const ends: readonly (readonly [policy: string, code: number, phase: string])[] = [
    ['Never', 0, 'Succeeded'],
    ['Never', 1, 'Failed'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Always', 0, 'Running'],
  ]
  for (const [restartPolicy, code, phase] of ends) {
    it(`with exit code ${code} and restartPolicy ${restartPolicy} leaves its pod ${phase}`, () => {
      const pod = drivenPod(podOf({ restartPolicy }))
      pod.run()
      expect(short(pod.exit(code))).to.deep.equal([phase === 'Running' ? 'start app' : 'remove-sandbox'])
      expect(pod.status().phase).to.equal(phase)
    })
  }

  it('fails its pod when it is an init container that may not start again', () => {
    const pod = drivenPod(podOf({ restartPolicy: 'Never', initContainers: [{ name: 'migrate' }] }))
    pod.step()
    pod.seen({ kind: 'sandbox-up', ip: '10.244.0.10' })
    pod.startedNow('migrate')
    expect(short(pod.exit(1, { container: 'migrate' }))).to.deep.equal(['remove-sandbox'])
    expect(pod.status().phase).to.equal('Failed')
  })

  it('ignores the news of a process that ended before the present one', () => {
    const pod = drivenPod(podOf())
    pod.run()
    pod.exit(3)
    pod.startedNow()
    expect(short(pod.seen({ kind: 'exited', container: 'app', id: 'run-1', exitCode: 0, isOutOfMemory: false }))).to.deep.equal(
      [],
    )
    expect(appState(pod)?.state?.running).to.not.equal(undefined)
  })
})

describe('an image that does not exist', () => {
  it('is shown as ErrImagePull, then as ImagePullBackOff, and then pulled again', () => {
    const pod = drivenPod(podOf())
    pod.step()
    pod.seen({ kind: 'sandbox-up', ip: '10.244.0.10' })
    pod.seen({ kind: 'pull-failed', container: 'app', reason: 'ErrImagePull', message: 'not found' })
    expect(appState(pod)?.state?.waiting).to.deep.equal({ reason: 'ErrImagePull', message: 'not found' })
    expect(short(pod.wake())).to.deep.equal([])
    expect(appState(pod)?.state?.waiting).to.deep.equal({
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "shop:1": ErrImagePull: not found',
    })
    expect(short(pod.wake())).to.deep.equal(['start app'])
    expect(pod.passedMs()).to.equal(10_000)
    expect(pod.status().phase).to.equal('Pending')
  })
})

describe('probes', () => {
  const probe = { httpGet: { port: 80 } }

  it('keep a container unready until the first success, and make it unready after three failures', () => {
    const pod = drivenPod(podOf({}, { readinessProbe: probe }))
    pod.run()
    expect(appState(pod)).to.include({ ready: false, started: true })
    pod.probed('readiness', true)
    expect(appState(pod)?.ready).to.equal(true)
    expect(notes(pod.probed('readiness', false))).to.deep.equal([
      'Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503',
    ])
    pod.probed('readiness', false)
    expect(appState(pod)?.ready).to.equal(true)
    pod.probed('readiness', false)
    expect(appState(pod)).to.include({ ready: false, restartCount: 0 })
  })

  it('end a container that is no longer alive, which starts again with new counts', () => {
    const pod = drivenPod(podOf({ terminationGracePeriodSeconds: 7 }, { livenessProbe: { ...probe, failureThreshold: 2 } }))
    pod.run()
    pod.probed('liveness', true)
    expect(short(pod.probed('liveness', false))).to.deep.equal([])
    const ended = pod.probed('liveness', false)
    expect(short(ended)).to.deep.equal(['SIGTERM app'])
    expect(notes(ended)).to.include('Killing: Container app failed liveness probe, will be restarted')
    expect(short(pod.wake())).to.deep.equal(['SIGKILL app'])
    expect(pod.passedMs()).to.equal(7_000)
    expect(short(pod.exit(137))).to.deep.equal(['start app'])
    pod.startedNow()
    expect(short(pod.probed('liveness', false))).to.deep.equal([])
  })

  it('at startup end a container that takes too long', () => {
    const pod = drivenPod(podOf({}, { startupProbe: { ...probe, failureThreshold: 1 } }))
    pod.run()
    expect(appState(pod)).to.include({ started: false, ready: false })
    expect(short(pod.probed('startup', false))).to.deep.equal(['SIGTERM app'])
  })
})
