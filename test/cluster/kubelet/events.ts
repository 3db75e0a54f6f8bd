/** Writes the Events of a pod, which people read when the pod is not ready. */
import type { CoreV1Api, CoreV1Event, V1Pod } from '@kubernetes/client-node'
import type { Note } from './pod-state.ts'
import { strategic } from './reporter.ts'

export interface PodEvents {
  /** Writes a note as an Event. The same note again raises the count of the existing Event. An Event that cannot be written is left out. */
  write(note: Note): void
}

export function createPodEvents(core: CoreV1Api, node: string, pod: V1Pod): PodEvents {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {}
  const written = new Map<string, CoreV1Event>()
  let line: Promise<unknown> = Promise.resolve()
  const write = async ({ type, reason, message }: Note): Promise<void> => {
    const key = `${reason}\n${message}`
    const before = written.get(key)
    const now = new Date()
    if (before) {
      before.count = (before.count ?? 1) + 1
      const body = { count: before.count, lastTimestamp: now }
      await core.patchNamespacedEvent({ name: before.metadata.name ?? '', namespace, body }, strategic)
      return
    }
    const event = await core.createNamespacedEvent({
      namespace,
      body: {
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
        source: { component: 'kubelet', host: node },
        reportingComponent: 'kubelet',
        reportingInstance: node,
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        type,
        reason,
        message: message.slice(0, 1_000),
      },
    })
    written.set(key, event)
  }
  return {
    write(note) {
      line = line.then(() => write(note)).catch(() => undefined)
    },
  }
}
