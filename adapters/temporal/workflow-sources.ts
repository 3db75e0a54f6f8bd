/** What a bundle of the workflows is made of: the same for whoever builds one, or replays would depend on who did. */
import { join } from 'node:path'
import type { BundleOptions } from '@temporalio/worker'

/** @param tree folder of the sources; the interceptor belongs to them whether a process is traced or not */
export const workflowSources = (tree: string): BundleOptions => ({
  workflowsPath: join(tree, 'workflows/index.ts'),
  workflowInterceptorModules: [join(tree, 'workflows/tracing.ts')],
})
