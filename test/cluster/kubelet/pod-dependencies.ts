/** The dependencies of a pod's worker. */
import type { CoreV1Api } from '@kubernetes/client-node'
import type { BackOffPolicy } from './back-off.ts'
import type { ClusterObjects } from './cluster-objects.ts'
import type { Images } from './images.ts'
import type { MemoryGroups } from './memory-group.ts'
import type { Networks } from './sandbox.ts'

export interface WorkerDependencies {
  readonly core: CoreV1Api
  readonly node: string
  readonly policy: BackOffPolicy
  readonly networks: Networks
  readonly memory: MemoryGroups
  readonly objects: ClusterObjects
  readonly images: () => Promise<Images>
  /** One folder per pod. */
  readonly folder: string
  readonly pids: string
}
