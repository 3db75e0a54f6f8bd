import type { V1Pod, V1PodCondition } from '@kubernetes/client-node'
import { expect } from 'chai'
import { backOffPolicy } from './back-off.ts'
import { bornAt, drivenPod, podOf } from './driven-pod.ts'
import { podStatus } from './pod-status.ts'
import { begin } from './pod-state.ts'

const policy = backOffPolicy(10_000)
const facts = { hostIP: '10.244.0.1' }

const conditions = (pod: ReturnType<typeof drivenPod>, written: readonly V1PodCondition[] = []) =>
  Object.fromEntries(
    (podStatus(pod.state(), facts, written, bornAt).conditions ?? []).map(({ type, status, reason }) => [
      type,
      reason ? `${status} ${reason}` : status,
    ]),
  )

describe('the conditions of a pod', () => {
  it('say which containers are not ready', () => {
    const pod = drivenPod(podOf({}, { readinessProbe: { tcpSocket: { port: 80 } } }))
    pod.run()
    expect(conditions(pod)).to.deep.equal({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      ContainersReady: 'False ContainersNotReady',
      Ready: 'False ContainersNotReady',
    })
    const ready = pod.status().conditions?.find(({ type }) => type === 'Ready')
    expect(ready?.message).to.equal('containers with unready status: [app]')
  })

  it('wait for the readiness gates that others open', () => {
    const pod = drivenPod(podOf({ readinessGates: [{ conditionType: 'example.com/lb' }] }))
    pod.run()
    expect(conditions(pod)).to.include({ ContainersReady: 'True', Ready: 'False ReadinessGatesNotReady' })
    expect(conditions(pod, [{ type: 'example.com/lb', status: 'True' }])).to.include({ Ready: 'True' })
  })

  it('keep the time since which they hold', () => {
    const pod = drivenPod(podOf())
    pod.run()
    const before = new Date(bornAt - 60_000)
    const written = [
      { type: 'Ready', status: 'True', lastTransitionTime: before },
      { type: 'Initialized', status: 'False', lastTransitionTime: before },
    ]
    const found = podStatus(pod.state(), facts, written, bornAt).conditions ?? []
    expect(found.find(({ type }) => type === 'Ready')?.lastTransitionTime).to.deep.equal(before)
    expect(found.find(({ type }) => type === 'Initialized')?.lastTransitionTime).to.deep.equal(new Date(bornAt))
  })

  it('say that a pod completed', () => {
    const pod = drivenPod(podOf({ restartPolicy: 'Never' }))
    pod.run()
    pod.exit(0)
    expect(conditions(pod)).to.include({ Initialized: 'True', Ready: 'False PodCompleted' })
  })
})

describe('a pod that an earlier kubelet ran', () => {
  const app = { name: 'app', image: 'shop:1', imageID: '', ready: true, restartCount: 2 }
  const containerStatuses = [{ ...app, state: { running: { startedAt: new Date(bornAt) } } }]
  const running = (): V1Pod =>
    podOf({}, {}, { status: { phase: 'Running', startTime: new Date(bornAt - 60_000), containerStatuses } })

  it('starts again; that counts as a restart, and its last state is unknown', () => {
    const pod = drivenPod(running())
    pod.run()
    const status = pod.status().containerStatuses?.[0]
    expect(status?.restartCount).to.equal(3)
    expect(status?.lastState?.terminated).to.include({ reason: 'ContainerStatusUnknown', exitCode: 137 })
  })

  it('does not run again once it completed', () => {
    const done = podOf({ restartPolicy: 'Never' }, {}, { status: { phase: 'Succeeded' } })
    const state = begin(done, policy, bornAt)
    expect(state.sandbox.kind).to.equal('removed')
    expect(drivenPod(done).step()).to.deep.equal([])
  })
})
