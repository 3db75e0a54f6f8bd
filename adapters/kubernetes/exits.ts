/**
 * What the pods of one revision have gone through: crashes, times without a ready pod, and how long a start took. Pure: each observation
 * of the pods is folded into the history. The history remembers pods that are gone, whose crashes would else be forgotten.
 */
import type { Exit, Liveness, Outage } from '../../domain/analysis/liveness.ts'
import { keptExits } from '../../domain/analysis/liveness.ts'
import type { ContainerStatus, Pod } from './pod.ts'
import { conditionOf, isReady, isServing } from './pod.ts'

interface PodHistory {
  /** Number of the pod within the revision, in the order in which they were seen. */
  readonly replica: number
  /** Crashes so far, over all containers that serve. */
  readonly crashes: number
  readonly hasBeenReady: boolean
  readonly startMs: number | null
}

export interface History {
  readonly pods: Readonly<Record<string, PodHistory>>
  readonly exits: readonly Exit[]
  readonly exitCount: number
  readonly deadSinceMs: number | null
  readonly outages: readonly Outage[]
  readonly hasBeenReady: boolean
}

export const noHistory: History = {
  pods: {},
  exits: [],
  exitCount: 0,
  deadSinceMs: null,
  outages: [],
  hasBeenReady: false,
}

/** An outage is reported for two minutes after it is over. */
const reportedMs = 120_000
/** The most pods that are remembered, gone ones included. */
const mostPods = 2_000

/** @param pods of the revision, as they are now */
export function observed(history: History, pods: readonly Pod[], nowMs: number): History {
  const known = new Map(Object.entries(history.pods))
  const crashed: Exit[] = []
  let exitCount = history.exitCount
  for (const pod of pods.toSorted((a, b) => createdMs(a) - createdMs(b))) {
    const before = known.get(pod.metadata.uid) ?? { replica: known.size, crashes: 0, hasBeenReady: false, startMs: null }
    const hasBeenReady = before.hasBeenReady || wasReady(pod)
    const ended = isCounted(pod) ? crashesOf(pod) : { count: before.crashes, last: null }
    const crashes = Math.max(before.crashes, ended.count)
    if (crashes > before.crashes && hasBeenReady) {
      exitCount += crashes - before.crashes
      if (ended.last) crashed.push({ replica: before.replica, ...ended.last })
    }
    known.set(pod.metadata.uid, { replica: before.replica, crashes, hasBeenReady, startMs: startMsOf(pod) ?? before.startMs })
  }
  const exits = keptOf([...history.exits, ...crashed].toSorted((a, b) => a.atMs - b.atMs))
  return { ...lived(history, pods, nowMs), pods: Object.fromEntries([...known].slice(-mostPods)), exits, exitCount }
}

/** @param pods of the revision, whose starts count; those that are gone do not */
export function livenessOf(history: History, pods: readonly Pod[]): Liveness {
  const starts = pods.flatMap(({ metadata: { uid } }) => history.pods[uid]?.startMs ?? [])
  const { deadSinceMs, outages, exits, exitCount } = history
  return { deadSinceMs, outages, startMs: starts.length > 0 ? Math.max(...starts) : null, exits, exitCount }
}

function lived(history: History, pods: readonly Pod[], nowMs: number): Omit<History, 'pods' | 'exits' | 'exitCount'> {
  const outages = history.outages.filter(({ untilMs }) => nowMs - untilMs <= reportedMs)
  if (pods.some((pod) => isServing(pod) && isReady(pod))) {
    const over = history.deadSinceMs === null ? [] : [{ fromMs: history.deadSinceMs, untilMs: nowMs }]
    return { hasBeenReady: true, deadSinceMs: null, outages: [...outages, ...over] }
  }
  const hasBeenReady = history.hasBeenReady || pods.some(wasReady)
  const unready = pods.filter(wasReady).map(readyChangedMs)
  const sinceMs = history.hasBeenReady || unready.length === 0 ? nowMs : Math.max(...unready)
  return { hasBeenReady, outages, deadSinceMs: hasBeenReady ? (history.deadSinceMs ?? Math.min(nowMs, sinceMs)) : null }
}

/** The newest ones of each replica, as many as a declaration may allow and one more. */
function keptOf(exits: readonly Exit[]): readonly Exit[] {
  const byReplica = Map.groupBy(exits, ({ replica }) => replica)
  return exits.filter((exit) => (byReplica.get(exit.replica) ?? []).slice(-keptExits).includes(exit))
}

/**
 * Ends that are nobody's fault do not count: of a pod that is being removed, was evicted or preempted, or whose node is lost or shuts down.
 * Such a pod has failed or is being deleted; a crash leaves a pod of a Deployment as it is, and restarts its container.
 */
const isCounted = (pod: Pod): boolean =>
  isServing(pod) && pod.status.phase !== 'Unknown' && conditionOf(pod.status.conditions, 'DisruptionTarget')?.status !== 'True'

/** The kubelet counts restarts. An end that it has not yet answered with a restart is one more. */
function crashesOf({ status }: Pod): { readonly count: number; readonly last: Omit<Exit, 'replica'> | null } {
  const count = status.containerStatuses.reduce((sum, one) => sum + one.restartCount + (one.state.terminated ? 1 : 0), 0)
  const ends = status.containerStatuses.flatMap(endOf)
  return { count, last: ends.toSorted((a, b) => a.atMs - b.atMs).at(-1) ?? null }
}

function endOf({ state, lastState }: ContainerStatus): readonly Omit<Exit, 'replica'>[] {
  const end = state.terminated ?? lastState.terminated
  const atMs = Date.parse(end?.finishedAt ?? '')
  if (!end || Number.isNaN(atMs)) return []
  const signal = end.reason === 'OOMKilled' ? 'SIGKILL (out of memory)' : signalOf(end.exitCode)
  return [{ atMs, code: signal === null ? end.exitCode : null, signal, lines: [] }]
}

/** A kubelet shows the end by a signal as 128 and the signal's number. */
const signalOf = (exitCode: number): string | null =>
  ({ 134: 'SIGABRT', 135: 'SIGBUS', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' })[exitCode] ?? null

/**
 * Whether it has ever been ready. A pod begins as not ready, so a later change of that means that it was ready in between. A kubelet writes
 * times in whole seconds, and its first status may come one after the start.
 */
const wasReady = (pod: Pod): boolean => isReady(pod) || readyChangedMs(pod) - startedMs(pod) >= 2_000

const readyChangedMs = ({ status }: Pod): number =>
  Date.parse(conditionOf(status.conditions, 'Ready')?.lastTransitionTime ?? '') || 0

const createdMs = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp ?? '') || 0
const startedMs = (pod: Pod): number => Date.parse(pod.status.startTime ?? '') || Number.POSITIVE_INFINITY

/** From the start of the newest container to the pod's readiness. Null while it is not ready. */
function startMsOf(pod: Pod): number | null {
  if (!isReady(pod)) return null
  const starts = pod.status.containerStatuses.map(({ state }) => Date.parse(state.running?.startedAt ?? '') || 0)
  const startedAtMs = Math.max(0, ...starts)
  return startedAtMs === 0 ? null : Math.max(0, readyChangedMs(pod) - startedAtMs)
}
