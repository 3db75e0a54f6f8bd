/** Removes artifacts that nothing may be started from any more, by age and by the room they take. */
import type { Logger as Log } from 'pino'
import { createRuntimeClient } from '../adapters/local-runtime/client.ts'
import { neededArtifacts } from '../adapters/postgres/releases/needed-artifacts.ts'
import type { Database } from '../adapters/postgres/database/pool.ts'

export interface PruneSettings {
  readonly runtimeSocket: string
  readonly artifactAgeMs: number
  /** MiB. */
  readonly artifactSpace: number
}

const everyMs = 3_600_000

/** At once, then every hour; nothing where this machine has no runtime. */
export function startPruner(db: Database, settings: PruneSettings, log: Log): { stop(): Promise<void> } {
  const runtime = createRuntimeClient(settings.runtimeSocket)
  const once = async () => {
    try {
      const removed = await pruneArtifacts(db, runtime, settings)
      if (removed.length > 0) log.info({ removed }, 'artifacts that nothing needs are removed')
    } catch (error) {
      log.warn({ err: error }, 'artifacts could not be pruned')
    }
  }
  if (settings.runtimeSocket === '') return { stop: () => runtime.close() }
  void once()
  const timer = setInterval(() => void once(), everyMs)
  return {
    stop() {
      clearInterval(timer)
      return runtime.close()
    },
  }
}

/** Answers digests of what was removed. One worker at a time; none where another one is at it. */
export async function pruneArtifacts(
  db: Database,
  runtime: Pick<ReturnType<typeof createRuntimeClient>, 'pruneArtifacts'>,
  { artifactAgeMs, artifactSpace }: Omit<PruneSettings, 'runtimeSocket'>,
): Promise<readonly string[]> {
  const removed = await db.exclusive('holdfast pruner', async () =>
    runtime.pruneArtifacts({ keep: [...(await neededArtifacts(db))], ageMs: artifactAgeMs, spaceBytes: artifactSpace * 2 ** 20 }),
  )
  return removed ?? []
}
