/** All pods of this node, each with its worker. */
import type { WorkerDependencies } from './pod-dependencies.ts'
import type { PodListener } from './pod-watch.ts'
import type { PodWorker } from './pod-worker.ts'
import { startPodWorker } from './pod-worker.ts'

export interface Pods extends PodListener {
  all(): readonly PodWorker[]
  /** Kills the processes of all pods, because the kubelet ends. */
  endAll(): Promise<void>
}

export function createPods(dependencies: WorkerDependencies): Pods {
  const workers = new Map<string, PodWorker>()
  const onPod: Pods['onPod'] = (pod) => {
    const uid = pod.metadata?.uid ?? ''
    const worker = workers.get(uid)
    if (worker) worker.update(pod)
    else
      workers.set(
        uid,
        startPodWorker(pod, dependencies, () => void workers.delete(uid)),
      )
  }
  return {
    onPod,
    onList(pods) {
      const there = new Set(pods.map(({ metadata }) => metadata?.uid))
      for (const pod of pods) onPod(pod)
      for (const [uid, worker] of workers) if (!there.has(uid)) worker.vanish()
    },
    onGone: (uid) => workers.get(uid)?.vanish(),
    all: () => [...workers.values()],
    async endAll() {
      const processes = [...workers.values()].flatMap(({ runs }) => [...runs.values()]).map((run) => run.process)
      for (const process of processes) process.signal('SIGKILL')
      await Promise.all(processes.map(({ exited }) => exited))
    },
  }
}
