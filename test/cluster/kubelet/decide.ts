/** Decides what the kubelet does next for a pod. Pure: the caller does it and comes back with an observation. */
import { leastGraceMs } from './observe.ts'
import type { Container, Ending, Note, Phase, PodState, Stopping } from './pod-state.ts'

export type Effect =
  | { readonly kind: 'make-sandbox' }
  | { readonly kind: 'start'; readonly container: string }
  | { readonly kind: 'hook'; readonly container: string; readonly id: string; readonly forMs: number }
  | { readonly kind: 'signal'; readonly container: string; readonly id: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'remove-sandbox' }
  /** Write the last status, then remove the object, with grace 0 and its uid as precondition. */
  | { readonly kind: 'remove-pod' }
  | { readonly kind: 'note'; readonly note: Note }

export interface Decision {
  /** The state in which every decided effect counts as begun, so that none is decided twice. */
  readonly state: PodState
  readonly effects: readonly Effect[]
  /** When to decide again without an observation; Infinity for never. */
  readonly wakeAt: number
}

export function decide(before: PodState, now: number): Decision {
  const effects: Effect[] = []
  let state = overdue(before, now)
  state = { ...state, containers: state.containers.map((each) => stopped(state, matured(each, now), now, effects)) }
  if (!state.ending && !isComplete(state)) state = started(state, now, effects)
  state = cleared(state, effects)
  effects.push(...state.notes.map((note) => ({ kind: 'note', note }) as const))
  state = { ...state, notes: [] }
  return { state, effects, wakeAt: wakeAt(state, now) }
}

/** Whether the pod has completed: every main container ended for good, or an init container failed for good. */
export function isComplete({ containers, sandbox }: PodState): boolean {
  const failed = containers.some(({ role, phase }) => role === 'init' && phase.kind === 'ended' && phase.exitCode !== 0)
  const mains = containers.filter(({ role }) => role === 'main')
  return failed || sandbox.kind === 'removed' || mains.every(({ phase }) => phase.kind === 'ended')
}

export const isStarted = ({ spec, phase, probes }: Container): boolean =>
  phase.kind === 'running' && (!spec.startupProbe || probes.startup.verdict === 'success')

export const isLive = ({ phase }: Container): boolean => phase.kind === 'running' || phase.kind === 'starting'

export const graceMs = ({ pod }: PodState): number => (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000

function overdue(state: PodState, now: number): PodState {
  if (state.ending || isComplete(state) || now < deadlineOf(state)) return state
  const note: Note = {
    type: 'Normal',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  }
  return { ...state, ending: { why: 'deadline', until: now + graceMs(state) }, notes: [...state.notes, note] }
}

const deadlineOf = ({ pod, startedAt }: PodState): number => startedAt + (pod.spec?.activeDeadlineSeconds ?? Infinity) * 1_000

function matured(container: Container, now: number): Container {
  const { phase } = container
  if (phase.kind !== 'waiting' || !phase.next || phase.next.at > now) return container
  const { reason, message } = phase.next
  return { ...container, phase: { kind: 'waiting', reason, message, retryAt: phase.retryAt } }
}

/** Asks a container to end, step by step: hook, SIGTERM, SIGKILL. */
function stopped(state: PodState, container: Container, now: number, effects: Effect[]): Container {
  const { spec, phase } = container
  if (phase.kind !== 'running') return container
  const at = { container: spec.name, id: phase.id }
  const stopping = (stage: Stopping['stage'], until: number): Container => ({
    ...container,
    phase: { ...phase, stopping: { stage, until } },
  })
  const ask = (until: number): Container => {
    effects.push({ kind: 'signal', ...at, signal: 'SIGTERM' })
    return stopping('asked', Math.max(until, now + leastGraceMs))
  }
  const was = phase.stopping
  if (!was) {
    const end = endOf(state, container, now)
    if (!end) return container
    effects.push({ kind: 'note', note: { type: 'Normal', reason: 'Killing', message: end.message } })
    if (!spec.lifecycle?.preStop || end.until <= now) return ask(end.until)
    effects.push({ kind: 'hook', ...at, forMs: end.until - now })
    return stopping('hook', end.until)
  }
  // Since the container was asked to end, somebody may have deleted the pod, or deleted it again with less grace.
  const latest = state.ending?.until ?? Infinity
  if (was.stage === 'hook' && now < Math.min(was.until, latest)) return stopping('hook', Math.min(was.until, latest))
  if (was.stage === 'hook' || was.stage === 'hook-is-over') return ask(Math.min(was.until, latest))
  if (was.stage === 'killed') return container
  if (now < was.until) return stopping('asked', Math.min(was.until, Math.max(latest, now + leastGraceMs)))
  effects.push({ kind: 'signal', ...at, signal: 'SIGKILL' })
  return stopping('killed', was.until)
}

/** Why a container has to end now; undefined if it may run on. Sidecars outlive the main containers. */
function endOf(state: PodState, container: Container, now: number): { until: number; message: string } | undefined {
  const { spec, role, probes } = container
  const message = `Stopping container ${spec.name}`
  const mainsLive = state.containers.some((each) => each.role === 'main' && isLive(each))
  if (state.ending) return role === 'sidecar' && mainsLive ? undefined : { until: state.ending.until, message }
  if (isComplete(state)) return { until: now + graceMs(state), message }
  const failed = (['startup', 'liveness'] as const).find((kind) => probes[kind].verdict === 'failure')
  if (!failed) return undefined
  const own = (failed === 'startup' ? spec.startupProbe : spec.livenessProbe)?.terminationGracePeriodSeconds
  const until = now + (own === undefined ? graceMs(state) : own * 1_000)
  return { until, message: `Container ${spec.name} failed ${failed} probe, will be restarted` }
}

function started(state: PodState, now: number, effects: Effect[]): PodState {
  if (state.sandbox.kind === 'none' && state.sandbox.retryAt <= now) {
    effects.push({ kind: 'make-sandbox' })
    return { ...state, sandbox: { kind: 'being-made' } }
  }
  if (state.sandbox.kind !== 'up') return state
  const names = startable(state.containers)
    .filter((each) => isDue(each, now))
    .map(({ spec }) => spec.name)
  effects.push(...names.map((container) => ({ kind: 'start', container }) as const))
  const starting = (each: Container): Container =>
    names.includes(each.spec.name) ? { ...each, phase: { kind: 'starting' } } : each
  return { ...state, containers: state.containers.map(starting) }
}

const isDue = ({ phase }: Container, now: number): boolean => phase.kind === 'waiting' && phase.retryAt <= now

/**
 * The containers that may start. Init containers start one after the other, once the one before is done or, as a sidecar, started; then the
 * main ones start together.
 */
function startable(containers: readonly Container[]): readonly Container[] {
  const hasBegun = containers.some(({ role, phase, last }) => role === 'main' && (phase.kind !== 'waiting' || last !== undefined))
  const isPassed = (each: Container) =>
    each.role === 'main' || (each.role === 'sidecar' ? isStarted(each) : each.phase.kind === 'ended')
  const first = containers.findIndex((each) => !isPassed(each))
  if (hasBegun || first === -1) return containers.filter(({ role }) => role !== 'init' || !hasBegun)
  return containers.slice(0, first + 1)
}

/** Once no container runs, removes the network, and then the object of a deleted pod. */
function cleared(state: PodState, effects: Effect[]): PodState {
  const { sandbox, ending, containers } = state
  if ((!ending && !isComplete(state)) || containers.some(isLive)) return state
  if (sandbox.kind === 'up') {
    effects.push({ kind: 'remove-sandbox' })
    return { ...state, sandbox: { kind: 'being-removed' } }
  }
  if (ending?.why !== 'deleted' || state.removal || (sandbox.kind !== 'none' && sandbox.kind !== 'removed')) return state
  effects.push({ kind: 'remove-pod' })
  return { ...state, sandbox: { kind: 'removed' }, removal: 'asked' }
}

/** Whether nothing of the pod is left, here or on the API server. */
export const isGone = ({ ending, sandbox, containers }: PodState): boolean =>
  ending?.why === 'vanished' && (sandbox.kind === 'none' || sandbox.kind === 'removed') && !containers.some(isLive)

function wakeAt(state: PodState, now: number): number {
  const { ending, sandbox, containers } = state
  const times = containers.flatMap(({ phase }) => timesOf(phase, ending))
  if (!ending) times.push(deadlineOf(state))
  if (!ending && sandbox.kind === 'none') times.push(sandbox.retryAt)
  return Math.min(Infinity, ...times.filter((at) => at > now))
}

function timesOf(phase: Phase, ending: Ending | undefined): number[] {
  if (phase.kind === 'running') return phase.stopping && phase.stopping.stage !== 'killed' ? [phase.stopping.until] : []
  if (phase.kind !== 'waiting' || ending) return []
  return [phase.retryAt, ...(phase.next ? [phase.next.at] : [])]
}
