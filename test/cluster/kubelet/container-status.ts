/** The status of one container in the status of its pod. Pure. */
import type { V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus } from '@kubernetes/client-node'
import { isStarted } from './decide.ts'
import type { Container, Terminated } from './pod-state.ts'

export function containerStatus(container: Container): V1ContainerStatus {
  const { spec, phase, last, restarts } = container
  const image = spec.image ?? ''
  const isOver = phase.kind === 'ended'
  return {
    name: spec.name,
    image,
    imageID: phase.kind === 'running' || last ? image : '',
    ready: isReady(container),
    started: isStarted(container),
    restartCount: restarts,
    state: stateOf(container),
    ...(phase.kind === 'running' ? { containerID: `process://${phase.id}` } : {}),
    lastState: last && !isOver ? { terminated: terminated(last) } : {},
  }
}

/** Whether a container is ready. An init container is once it has ended well. */
export function isReady(container: Container): boolean {
  const { role, spec, phase, probes } = container
  if (role === 'init') return phase.kind === 'ended' && phase.exitCode === 0
  return isStarted(container) && (!spec.readinessProbe || probes.readiness.verdict === 'success')
}

function stateOf({ role, phase }: Container): V1ContainerState {
  switch (phase.kind) {
    case 'running':
      return { running: { startedAt: new Date(phase.startedAt) } }
    case 'ended':
      return { terminated: terminated(phase) }
    case 'starting':
      return { waiting: { reason: role === 'main' ? 'ContainerCreating' : 'PodInitializing' } }
    case 'waiting':
      return { waiting: { reason: phase.reason, ...(phase.message ? { message: phase.message } : {}) } }
  }
}

const terminated = ({ startedAt, endedAt, exitCode, signal, reason, message }: Terminated): V1ContainerStateTerminated => ({
  exitCode,
  reason,
  startedAt: new Date(startedAt),
  finishedAt: new Date(endedAt),
  ...(signal === undefined ? {} : { signal }),
  ...(message === undefined ? {} : { message }),
})
