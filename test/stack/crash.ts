/** A worker that ends itself at a crash point, once, and is started again at once as a supervisor would. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rig } from './rig.ts'
import type { WorkerName } from './workers.ts'

export interface Armed {
  /** Whether the worker has ended itself. */
  hasCrashed(): boolean
  /** Resolves once it works again after that; for good only when `hasCrashed`. */
  readonly restarted: Promise<void>
}

/** Replaces a worker by one that ends itself where it first reaches `point`, unless another of this scene has. `env`: settings besides. */
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
  // Empty between its making and its writing, which a dead process has behind it.
  const hasCrashed = () => existsSync(marker) && readFileSync(marker, 'utf8') === pid
  const restarted = workers.exited(name).then(() => (hasCrashed() ? workers.start(name, env) : undefined))
  return { hasCrashed, restarted }
}
