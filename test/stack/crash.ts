/** A worker that ends itself at a crash point once. It is started again at once, as a supervisor would. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rig } from './rig.ts'
import type { WorkerName } from './workers.ts'

export interface Armed {
  /** Whether the worker ended itself at the crash point. */
  hasCrashed(): boolean
  /** Resolves once it works again. It crashed only if `hasCrashed`. */
  readonly restarted: Promise<void>
}

/**
 * Replaces a worker by one that ends itself when it first reaches `point`, unless another worker of this scene did. @param env further
 * settings
 */
export async function armWorker(
  { workers }: Rig,
  name: WorkerName,
  point: string,
  scene: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Armed> {
  const marker = join(workers.logs, `${scene}.crashed`)
  const env = { HOLDFAST_TEST: '1', HOLDFAST_CRASH_AT: point, HOLDFAST_CRASH_MARKER: marker, ...more }
  await workers.kill(name)
  await workers.start(name, env)
  const pid = String(workers.pid(name))
  // The file is empty between its creation and its write, which a process that ended has done.
  const hasCrashed = () => existsSync(marker) && readFileSync(marker, 'utf8') === pid
  const restarted = workers.exited(name).then(() => (hasCrashed() ? workers.start(name, env) : undefined))
  return { hasCrashed, restarted }
}
