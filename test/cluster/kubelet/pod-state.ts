/** What the kubelet knows of one pod: its object, and how far each container is. Pure. */
import type { V1Container, V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import type { BackOff, BackOffPolicy } from './back-off.ts'
import { noBackOff } from './back-off.ts'
import type { ProbeCount, ProbeKind } from './probe-counts.ts'
import { noAnswers } from './probe-counts.ts'

export interface Terminated {
  readonly exitCode: number
  readonly signal?: number
  readonly reason: string
  readonly message?: string
  readonly startedAt: number
  readonly endedAt: number
}

/** How far the end of a running container is: its hook runs, then it gets SIGTERM, then SIGKILL at `until`. */
export interface Stopping {
  readonly stage: 'hook' | 'hook-is-over' | 'asked' | 'killed'
  readonly until: number
}

export type Phase =
  | {
      readonly kind: 'waiting'
      readonly reason: string
      readonly message?: string
      readonly retryAt: number
      readonly next?: Reason
    }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly startedAt: number; readonly id: string; readonly stopping?: Stopping }
  | ({ readonly kind: 'ended' } & Terminated)

/** The reason that a waiting container shows from `at` on. */
export interface Reason {
  readonly at: number
  readonly reason: string
  readonly message: string
}

export interface Container {
  readonly spec: V1Container
  /** A sidecar is an init container that runs as long as the pod. */
  readonly role: 'init' | 'sidecar' | 'main'
  readonly phase: Phase
  readonly last?: Terminated
  readonly restarts: number
  readonly backOff: BackOff
  readonly pullBackOff: BackOff
  readonly probes: Readonly<Record<ProbeKind, ProbeCount>>
}

export type Sandbox =
  | { readonly kind: 'none'; readonly retryAt: number }
  | { readonly kind: 'being-made' }
  | { readonly kind: 'up'; readonly ip: string }
  | { readonly kind: 'being-removed' | 'removed' }

/** Why all containers of a pod end, and when at the latest. */
export interface Ending {
  readonly why: 'deleted' | 'vanished' | 'deadline'
  readonly until: number
}

/** An Event of Kubernetes that is to be written. */
export interface Note {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface PodState {
  readonly pod: V1Pod
  readonly policy: BackOffPolicy
  readonly sandbox: Sandbox
  readonly startedAt: number
  /** In the order in which they start. */
  readonly containers: readonly Container[]
  readonly ending?: Ending
  /** The removal of the object was decided, which happens once. */
  readonly removal?: 'asked'
  readonly notes: readonly Note[]
}

/**
 * The state of a pod that this kubelet sees for the first time. A container that ran under an earlier kubelet has ended with it, and its
 * start counts as a restart.
 */
export function begin(pod: V1Pod, policy: BackOffPolicy, now: number): PodState {
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const make = (spec: V1Container, role: Container['role']): Container => {
    const reason = role === 'main' && initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating'
    const fresh = { spec, role, restarts: 0, backOff: noBackOff, pullBackOff: noBackOff, probes: noProbes }
    const before = statuses.find(({ name }) => name === spec.name)
    return { ...fresh, phase: { kind: 'waiting', reason, retryAt: 0 }, ...(before ? earlier(before, now) : {}) }
  }
  return {
    pod,
    policy,
    sandbox: isOver(pod) ? { kind: 'removed' } : { kind: 'none', retryAt: 0 },
    startedAt: pod.status?.startTime ? new Date(pod.status.startTime).getTime() : now,
    containers: [
      ...initContainers.map((spec) => make(spec, spec.restartPolicy === 'Always' ? 'sidecar' : 'init')),
      ...containers.map((spec) => make(spec, 'main')),
    ],
    notes: [],
  }
}

export const noProbes: Container['probes'] = { startup: noAnswers, readiness: noAnswers, liveness: noAnswers }

const isOver = ({ status }: V1Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

function earlier({ state, lastState, restartCount }: V1ContainerStatus, now: number): Partial<Container> {
  const ended = state?.terminated ?? lastState?.terminated
  if (state?.terminated) return { restarts: restartCount, phase: { kind: 'ended', ...terminatedOf(state.terminated, now) } }
  if (!state?.running) return { restarts: restartCount, ...(ended ? { last: terminatedOf(ended, now) } : {}) }
  const message = 'The container could not be located when the kubelet came back'
  const startedAt = new Date(state.running.startedAt ?? now).getTime()
  return { restarts: restartCount, last: { exitCode: 137, reason: 'ContainerStatusUnknown', message, startedAt, endedAt: now } }
}

function terminatedOf(was: NonNullable<NonNullable<V1ContainerStatus['state']>['terminated']>, now: number): Terminated {
  const at = (date: Date | undefined) => (date ? new Date(date).getTime() : now)
  const { exitCode, reason = 'Error', startedAt, finishedAt } = was
  return { exitCode, reason, startedAt: at(startedAt), endedAt: at(finishedAt) }
}
