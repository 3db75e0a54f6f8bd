/** The state of a pod after an observation. Pure. */
import type { V1Pod } from '@kubernetes/client-node'
import { afterExit, afterFailedPull, delayText } from './back-off.ts'
import type { PullFailure } from './images.ts'
import type { Container, Note, Phase, PodState, Terminated } from './pod-state.ts'
import { noProbes } from './pod-state.ts'
import type { ProbeKind } from './probe-counts.ts'
import { counted, probeOf } from './probe-counts.ts'

export type Observation =
  | { readonly kind: 'updated'; readonly pod: V1Pod }
  /** The object is gone from the API server, so its processes get no more grace. */
  | { readonly kind: 'vanished' }
  | { readonly kind: 'sandbox-up'; readonly ip: string }
  | { readonly kind: 'sandbox-failed'; readonly reason: string; readonly message: string }
  | { readonly kind: 'sandbox-removed' }
  | ContainerObservation

export type ContainerObservation = { readonly container: string } & (
  | { readonly kind: 'pull-failed'; readonly reason: PullFailure; readonly message: string }
  | { readonly kind: 'not-started'; readonly reason: string; readonly message: string }
  | { readonly kind: 'started'; readonly id: string }
  | {
      readonly kind: 'probed'
      readonly id: string
      readonly probe: ProbeKind
      readonly isWell: boolean
      readonly message: string
    }
  | { readonly kind: 'hook-is-over'; readonly id: string; readonly failure?: string }
  | ({ readonly kind: 'exited'; readonly id: string } & Exit)
)

export interface Exit {
  readonly exitCode: number
  readonly signal?: number
  readonly isOutOfMemory: boolean
  /** The end of the log, if the container asks for it. */
  readonly lastWords?: string
}

/** The least time between SIGTERM and SIGKILL, however short the grace. */
export const leastGraceMs = 2_000
const retryMs = 1_000

export function observe(state: PodState, seen: Observation, now: number): PodState {
  switch (seen.kind) {
    case 'updated':
      return updated(state, seen.pod, now)
    case 'vanished':
      return { ...state, ending: { why: 'vanished', until: Math.min(state.ending?.until ?? Infinity, now + leastGraceMs) } }
    case 'sandbox-up':
      return { ...state, sandbox: { kind: 'up', ip: seen.ip } }
    case 'sandbox-failed':
      return noted({ ...state, sandbox: { kind: 'none', retryAt: now + retryMs } }, { type: 'Warning', ...seen })
    case 'sandbox-removed':
      return { ...state, sandbox: { kind: 'removed' } }
    default:
      return { ...state, ...folded(state, seen, now) }
  }
}

/** A later deletion may shorten the grace, never lengthen it. */
function updated(state: PodState, pod: V1Pod, now: number): PodState {
  if (!pod.metadata?.deletionTimestamp || state.ending?.why === 'vanished') return { ...state, pod }
  const until = now + (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000
  return { ...state, pod, ending: { why: 'deleted', until: Math.min(state.ending?.until ?? Infinity, until) } }
}

function folded(state: PodState, seen: ContainerObservation, now: number): Pick<PodState, 'containers' | 'notes'> {
  const notes: Note[] = []
  const containers = state.containers.map((each) =>
    each.spec.name === seen.container ? { ...each, ...change(state, each, seen, now, notes) } : each,
  )
  return { containers, notes: [...state.notes, ...notes] }
}

function change(state: PodState, was: Container, seen: ContainerObservation, now: number, notes: Note[]): Partial<Container> {
  const { name } = was.spec
  const note = (type: Note['type'], reason: string, message: string) => void notes.push({ type, reason, message })
  if (seen.kind === 'pull-failed') return failedPull(state, was, seen, now, note)
  if (seen.kind === 'not-started') {
    note('Warning', 'Failed', `Error: ${seen.message}`)
    return { phase: { kind: 'waiting', reason: seen.reason, message: seen.message, retryAt: now + retryMs } }
  }
  if (seen.kind === 'started') {
    note('Normal', 'Started', `Container started: ${name}`)
    const restarts = was.restarts + (was.last ? 1 : 0)
    return { phase: { kind: 'running', startedAt: now, id: seen.id }, restarts, probes: noProbes }
  }
  // The observation is of an earlier process.
  if (was.phase.kind !== 'running' || was.phase.id !== seen.id) return {}
  if (seen.kind === 'hook-is-over') {
    if (seen.failure) note('Warning', 'FailedPreStopHook', `PreStopHook failed: ${seen.failure}`)
    const { stopping } = was.phase
    return stopping?.stage === 'hook' ? { phase: { ...was.phase, stopping: { ...stopping, stage: 'hook-is-over' } } } : {}
  }
  if (seen.kind === 'probed') {
    const probe = probeOf(was.spec, seen.probe)
    if (!probe) return {}
    const title = `${seen.probe[0]?.toUpperCase()}${seen.probe.slice(1)}`
    if (!seen.isWell) note('Warning', 'Unhealthy', `${title} probe failed: ${seen.message}`)
    return { probes: { ...was.probes, [seen.probe]: counted(was.probes[seen.probe], seen.isWell, probe) } }
  }
  return exited(state, was, was.phase, seen, now, note)
}

type Say = (type: Note['type'], reason: string, message: string) => void

function failedPull(
  state: PodState,
  was: Container,
  { reason, message }: { reason: PullFailure; message: string },
  now: number,
  note: Say,
): Partial<Container> {
  const pullBackOff = afterFailedPull(was.pullBackOff, now, state.policy)
  const { image = '' } = was.spec
  note('Warning', 'Failed', `Failed to pull image "${image}": ${message}`)
  const retryAt = now + pullBackOff.delayMs
  if (reason !== 'ErrImagePull') return { pullBackOff, phase: { kind: 'waiting', reason, message, retryAt } }
  const next = { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${message}` }
  // The pod shows the error for a tenth of the wait and the back-off for the rest, so that a reader who polls sees both.
  return {
    pullBackOff,
    phase: { kind: 'waiting', reason, message, retryAt, next: { ...next, at: now + pullBackOff.delayMs / 10 } },
  }
}

function exited(
  state: PodState,
  was: Container,
  { startedAt }: Extract<Phase, { kind: 'running' }>,
  { exitCode, signal, isOutOfMemory, lastWords }: Exit,
  now: number,
  note: Say,
): Partial<Container> {
  const reason = isOutOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error'
  const more = { ...(signal ? { signal } : {}), ...(lastWords ? { message: lastWords } : {}) }
  const last: Terminated = { exitCode, reason, startedAt, endedAt: now, ...more }
  if (state.ending || !startsAgain(state.pod, was.role, exitCode)) return { last, phase: { kind: 'ended', ...last } }
  const { startAt, backOff } = afterExit(was.backOff, now, state.policy)
  const { name = '', namespace = '', uid = '' } = state.pod.metadata ?? {}
  const pod = `${name}_${namespace}(${uid})`
  if (startAt > now) note('Warning', 'BackOff', `Back-off restarting failed container ${was.spec.name} in pod ${pod}`)
  const message = `back-off ${delayText(startAt - now)} restarting failed container=${was.spec.name} pod=${pod}`
  return { last, backOff, phase: { kind: 'waiting', reason: 'CrashLoopBackOff', message, retryAt: startAt } }
}

/** Whether the container starts again: by the pod's policy, but an init container that ended well does not, and a sidecar always does. */
export function startsAgain(pod: V1Pod, role: Container['role'], exitCode: number): boolean {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  if (role === 'sidecar') return true
  if (role === 'init') return exitCode !== 0 && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

const noted = (state: PodState, { type, reason, message }: Note): PodState => ({
  ...state,
  notes: [...state.notes, { type, reason, message }],
})
