/** Follows the pods that are bound to this node. The client library's informer has no field selector, so this lists and then watches. */
import type { CoreV1Api, KubeConfig, V1Pod } from '@kubernetes/client-node'
import { Watch } from '@kubernetes/client-node'
import { pause } from '../../../adapters/timer.ts'
import { statusOf } from './cluster-objects.ts'

export interface PodListener {
  /** All pods of the node now. A pod that is not among them is gone. */
  onList(pods: readonly V1Pod[]): void
  onPod(pod: V1Pod): void
  onGone(uid: string): void
}

const retryMs = 300

/**
 * Follows the pods until `signal` aborts. When a watch ends, the next one continues after its last event. When that is too old, it lists
 * again.
 */
export async function followPods(
  config: KubeConfig,
  core: CoreV1Api,
  node: string,
  listener: PodListener,
  signal: AbortSignal,
): Promise<void> {
  const fieldSelector = `spec.nodeName=${node}`
  let version = ''
  while (!signal.aborted) {
    try {
      if (version === '') {
        const list = await core.listPodForAllNamespaces({ fieldSelector })
        version = list.metadata?.resourceVersion ?? ''
        listener.onList(list.items)
      }
      version = await watched(config, fieldSelector, version, listener, signal)
    } catch (error) {
      if (signal.aborted) return
      console.error('the pods of this node cannot be followed:', String(error))
      await pause(retryMs, signal)
    }
  }
}

/**
 * Watches once. Answers with the version to continue from, empty when the server has forgotten it (410). @throws Error when the server
 * cannot be reached
 */
async function watched(
  config: KubeConfig,
  fieldSelector: string,
  from: string,
  listener: PodListener,
  signal: AbortSignal,
): Promise<string> {
  const { promise: ended, resolve } = Promise.withResolvers<unknown>()
  let version = from
  // An exception in here would be lost, because the library takes it for a line that is not JSON.
  const onEvent = (type: string, object: unknown): void => {
    const pod = object as V1Pod & { readonly code?: number }
    if (type === 'ERROR') {
      if (pod.code === 410) version = ''
      return resolve(undefined)
    }
    version = pod.metadata?.resourceVersion ?? version
    if (type === 'DELETED') listener.onGone(pod.metadata?.uid ?? '')
    else if (type !== 'BOOKMARK') listener.onPod(pod)
  }
  const query = { fieldSelector, resourceVersion: from, allowWatchBookmarks: true }
  const watch = await new Watch(config).watch('/api/v1/pods', query, onEvent, resolve)
  const stop = () => watch.abort()
  signal.addEventListener('abort', stop, { once: true })
  const error = await ended
  signal.removeEventListener('abort', stop)
  watch.abort()
  const code = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : statusOf(error)
  if (code === 410) return ''
  // The library ends a watch without an event for 30 s. That is no fault.
  if (error instanceof Error && error.name !== 'TimeoutError' && error.name !== 'AbortError') throw error
  return version
}
