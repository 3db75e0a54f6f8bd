/** The status that a kubelet writes for a pod. Pure; conditions that others write are not in it. */
import type { V1PodCondition, V1PodStatus } from '@kubernetes/client-node'
import { containerStatus, isReady } from './container-status.ts'
import { isComplete, isLive } from './decide.ts'
import type { Container, PodState } from './pod-state.ts'

export interface NodeFacts {
  readonly hostIP: string
}

/** @param written the conditions on the API server, which say since when each holds and what the readiness gates are */
export function podStatus(state: PodState, { hostIP }: NodeFacts, written: readonly V1PodCondition[], now: number): V1PodStatus {
  const { sandbox, containers, pod, ending } = state
  const ip = sandbox.kind === 'up' ? sandbox.ip : pod.status?.podIP
  const statuses = (isInit: boolean) => containers.filter(({ role }) => (role !== 'main') === isInit).map(containerStatus)
  const { generation } = pod.metadata ?? {}
  return {
    phase: phaseOf(state),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    startTime: secondOf(state.startedAt),
    conditions: conditionsOf(state, written, now),
    containerStatuses: statuses(false),
    ...(containers.some(({ role }) => role !== 'main') ? { initContainerStatuses: statuses(true) } : {}),
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(ending?.why === 'deadline' ? deadlineExceeded : {}),
  }
}

/** The API server keeps whole seconds. With fractions its answer would differ from what was sent. */
const secondOf = (at: number): Date => new Date(Math.floor(at / 1_000) * 1_000)

const deadlineExceeded = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }

export function phaseOf(state: PodState): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const { containers, ending, pod } = state
  const written = pod.status?.phase
  if (written === 'Succeeded' || written === 'Failed') return written
  if (ending?.why === 'deadline' && !containers.some(isLive)) return 'Failed'
  const mains = containers.filter(({ role }) => role === 'main')
  const exits = mains.flatMap(({ phase }) => (phase.kind === 'ended' ? [phase.exitCode] : []))
  if (exits.length === mains.length && !containers.some(isLive)) return exits.every((code) => code === 0) ? 'Succeeded' : 'Failed'
  if (mains.some(({ phase, last }) => phase.kind === 'running' || phase.kind === 'ended' || last)) return 'Running'
  return isComplete(state) && !ending ? 'Failed' : 'Pending'
}

function conditionsOf(state: PodState, written: readonly V1PodCondition[], now: number): V1PodCondition[] {
  const { containers, pod, sandbox } = state
  const inits = containers.filter(({ role }) => role !== 'main')
  const unready = containers.filter(({ role }) => role !== 'init').filter((each) => !isReady(each))
  const phase = phaseOf(state)
  const initialized =
    phase === 'Succeeded' || inits.every(isInitialized) || containers.some((each) => each.role === 'main' && each.last)
  const shut = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => written.find(({ type }) => type === conditionType)?.status !== 'True',
  )
  const notReady = whyNot(phase, unready)
  const gated = {
    reason: 'ReadinessGatesNotReady',
    message: shut
      .map(
        ({ conditionType }) => `corresponding condition of pod readiness gate "${conditionType}" does not exist or is not True.`,
      )
      .join(' '),
  }
  const rows: readonly (readonly [type: string, no: { reason: string; message?: string } | undefined])[] = [
    ['PodReadyToStartContainers', sandbox.kind === 'up' ? undefined : { reason: '' }],
    ['Initialized', initialized ? undefined : { reason: 'ContainersNotInitialized', message: list('incomplete', inits) }],
    ['ContainersReady', notReady],
    ['Ready', notReady ?? (shut.length > 0 ? gated : undefined)],
  ]
  return rows.map(([type, no]) => {
    const status = no ? 'False' : 'True'
    const before = written.find((each) => each.type === type)
    const since = before?.status === status ? before.lastTransitionTime : undefined
    const why = no?.reason ? { reason: no.reason, message: no.message ?? '' } : { reason: '', message: '' }
    return { type, status, lastTransitionTime: since ? new Date(since) : secondOf(now), ...why }
  })
}

function whyNot(phase: string, unready: readonly Container[]): { reason: string; message?: string } | undefined {
  if (phase === 'Succeeded') return { reason: 'PodCompleted' }
  if (phase === 'Failed') return { reason: 'PodFailed' }
  return unready.length > 0 ? { reason: 'ContainersNotReady', message: list('unready', unready) } : undefined
}

const isInitialized = (each: Container): boolean =>
  each.role === 'sidecar' ? each.phase.kind === 'running' : each.phase.kind === 'ended' && each.phase.exitCode === 0

const list = (word: string, containers: readonly Container[]): string =>
  `containers with ${word} status: [${containers.map(({ spec }) => spec.name).join(' ')}]`
