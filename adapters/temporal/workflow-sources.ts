/** The sources of a workflow bundle. Every builder uses them, so that a replay does not depend on the process that built the bundle. */
import { join } from 'node:path'
import type { BundleOptions } from '@temporalio/worker'

/** @param tree folder of the sources. The interceptor is always part of them, whether the process is traced or not */
export const workflowSources = (tree: string): BundleOptions => ({
  workflowsPath: join(tree, 'workflows/index.ts'),
  workflowInterceptorModules: [join(tree, 'workflows/tracing.ts')],
})
