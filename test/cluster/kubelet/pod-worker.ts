/** The worker of one pod: it decides what is next, does it, and folds in what it observed. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import type { Timer } from '../../../adapters/timer.ts'
import { pause, startTimer } from '../../../adapters/timer.ts'
import { statusOf } from './cluster-objects.ts'
import type { ContainerRun } from './container-run.ts'
import { lastWords } from './container-run.ts'
import type { Effect } from './decide.ts'
import { decide, isGone } from './decide.ts'
import { createPodEvents } from './events.ts'
import { runHook } from './hook.ts'
import type { Observation } from './observe.ts'
import { observe } from './observe.ts'
import type { PodState } from './pod-state.ts'
import { begin } from './pod-state.ts'
import { podStatus } from './pod-status.ts'
import type { WorkerDependencies } from './pod-dependencies.ts'
import { createProber, wantedProbes } from './prober.ts'
import { ask } from './probing.ts'
import { createReporter } from './reporter.ts'
import type { SandboxNetwork } from './sandbox.ts'
import { failedStep, launch, makeSandbox } from './pod-steps.ts'

export interface PodWorker {
  update(pod: V1Pod): void
  /** Tells the worker that the pod's object is gone. */
  vanish(): void
  readonly state: () => PodState
  readonly runs: ReadonlyMap<string, ContainerRun>
  readonly folder: string
}

const retryMs = 300

/** @param onGone called once nothing of the pod is left */
export function startPodWorker(pod: V1Pod, dependencies: WorkerDependencies, onGone: () => void): PodWorker {
  const { core, node, policy, networks, pids } = dependencies
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {}
  const podId = uid.replaceAll('-', '').slice(0, 12)
  const folder = join(dependencies.folder, podId)
  const runs = new Map<string, ContainerRun>()
  const events = createPodEvents(core, node, pod)
  let state = begin(pod, policy, Date.now())
  let written = pod
  let network: SandboxNetwork | undefined
  let timer: Timer | undefined
  const reporter = createReporter(core, pod, (now) => void (written = newer(written, now)))
  const prober = createProber(
    async ({ container, id, probe }) => {
      const run = runs.get(container)
      const spec = specOf(container)
      if (!run || run.id !== id || !spec) return { isWell: false, message: 'the container is gone' }
      return ask(probe, spec, network?.ip ?? '', run.exec)
    },
    ({ container, id, kind: probe }, answer) => seen({ kind: 'probed', container, id, probe, ...answer }),
  )
  const specOf = (container: string) => state.containers.find(({ spec }) => spec.name === container)?.spec

  /** What a pod declares must not end the kubelet, which has other pods. */
  const safely = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      console.error(`the kubelet fails at ${namespace}/${name}:`, error)
    }
  }

  const seen = (observation: Observation): void =>
    safely(() => {
      state = observe(state, observation, Date.now())
      step()
    })

  function step(): void {
    const decided = decide(state, Date.now())
    state = decided.state
    timer?.cancel()
    timer = startTimer(decided.wakeAt - Date.now(), () => safely(step))
    prober.keep(wantedProbes(state))
    for (const effect of decided.effects)
      void perform(effect).catch((error: unknown) => {
        console.error(`${effect.kind} of ${namespace}/${name} fails:`, error)
        const failed = failedStep(effect, error)
        if (failed) seen(failed)
      })
    reporter.report(podStatus(state, { hostIP: networks.hostIP }, written.status?.conditions ?? [], Date.now()))
    if (isGone(state)) end()
  }

  async function perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'note':
        return events.write(effect.note)
      case 'make-sandbox':
        return seen(await makeSandbox(state.pod, podId, folder, dependencies, (made) => void (network = made)))
      case 'remove-sandbox':
        await network?.remove()
        return seen({ kind: 'sandbox-removed' })
      case 'remove-pod':
        await reporter.flush()
        return remove()
      case 'signal':
        return runs.get(effect.container)?.process.signal(effect.signal)
      case 'hook': {
        const [run, spec] = [runs.get(effect.container), specOf(effect.container)]
        const failure = run && spec ? await runHook(spec, network?.ip ?? '', effect.forMs, run) : undefined
        const { container, id } = effect
        return seen({ kind: 'hook-is-over', container, id, ...(failure === undefined ? {} : { failure }) })
      }
      case 'start':
        return start(effect.container)
    }
  }

  async function start(container: string): Promise<void> {
    const own = state.containers.find(({ spec }) => spec.name === container)
    if (!own || !network) return
    const launched = await launch({ pod: state.pod, own, podId, folder, network, pids }, dependencies)
    if ('kind' in launched) return seen(launched)
    runs.set(container, launched)
    seen({ kind: 'started', container, id: launched.id })
    const exit = await launched.process.exited
    const isOutOfMemory = exit.exitCode !== 0 && (launched.memory?.isOutOfMemory() ?? false)
    launched.memory?.remove()
    const wants = own.spec.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.exitCode !== 0
    const words = wants ? await lastWords(launched.logFile).catch(() => '') : ''
    seen({ kind: 'exited', container, id: launched.id, isOutOfMemory, ...exit, ...(words ? { lastWords: words } : {}) })
  }

  /** The uid is a precondition, because a StatefulSet may have made a new pod of this name. */
  async function remove(): Promise<void> {
    for (;;) {
      try {
        await core.deleteNamespacedPod({ name, namespace, body: { gracePeriodSeconds: 0, preconditions: { uid } } })
        return
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 409) return
        await pause(retryMs)
      }
    }
  }

  function end(): void {
    timer?.cancel()
    reporter.stop()
    prober.keep([])
    void rm(folder, { recursive: true, force: true })
      .catch((error: unknown) => console.error(`the files of ${namespace}/${name} stay:`, error))
      .then(onGone)
  }

  if (pod.metadata?.deletionTimestamp) state = observe(state, { kind: 'updated', pod }, Date.now())
  safely(step)
  return {
    update(now) {
      written = newer(written, now)
      seen({ kind: 'updated', pod: now })
    },
    vanish: () => seen({ kind: 'vanished' }),
    state: () => state,
    runs,
    folder,
  }
}

/** The newer of two. An event of the watch may be older than the answer to the worker's own write. */
function newer(before: V1Pod, now: V1Pod): V1Pod {
  return Number(now.metadata?.resourceVersion ?? 0) >= Number(before.metadata?.resourceVersion ?? 0) ? now : before
}
