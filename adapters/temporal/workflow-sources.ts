/** The sources of a workflow bundle. Every builder uses them, so that a replay does not depend on who built it. */
import { join } from 'node:path'
import type { BundleOptions } from '@temporalio/worker'

/** @param tree folder of the sources; the interceptor belongs to them whether a process is traced or not */
export const workflowSources = (tree: string): BundleOptions => ({
  workflowsPath: join(tree, 'workflows/index.ts'),
  workflowInterceptorModules: [join(tree, 'workflows/tracing.ts')],
})
