/** Writes the status of one pod, one write at a time. The newest status wins, and a write that failed is repeated. */
import type { CoreV1Api, V1Pod, V1PodStatus } from '@kubernetes/client-node'
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { pause } from '../../../adapters/timer.ts'
import { statusOf } from './cluster-objects.ts'

export interface Reporter {
  report(status: V1PodStatus): void
  /** Resolves when the newest status is written, or can no longer be written. */
  flush(): Promise<void>
  stop(): void
}

/** This kind of patch merges conditions by their type, so those that others write stay. */
export const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch)

const retryMs = 300

export function createReporter(core: CoreV1Api, pod: V1Pod, onWritten: (written: V1Pod) => void): Reporter {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {}
  const over = new AbortController()
  let wanted: V1PodStatus | undefined
  let last = ''
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    while (wanted && !over.signal.aborted) {
      const status = wanted
      wanted = undefined
      const text = JSON.stringify(status)
      if (text === last) continue
      try {
        onWritten(
          await core.patchNamespacedPodStatus(
            { name, namespace, body: { metadata: { uid }, status: merged(status) } },
            strategic,
          ),
        )
        last = text
      } catch (error) {
        // The pod is gone, or another one has its name.
        if (statusOf(error) === 404 || statusOf(error) === 409) return over.abort()
        console.error(`the status of ${namespace}/${name} cannot be written:`, String(error))
        wanted ??= status
        await pause(retryMs, over.signal)
      }
    }
  }
  return {
    report(status) {
      wanted = status
      writing = writing.then(write)
    },
    flush: () => writing,
    stop: () => over.abort(),
  }
}

/** The patch also merges addresses. A pod that starts again with another address would have both, which the API server refuses. */
const merged = (status: V1PodStatus): object =>
  status.podIPs ? Object.assign({}, status, { podIPs: [{ $patch: 'replace' }, ...status.podIPs] }) : status
