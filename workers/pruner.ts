/** Removes artifacts that no release or rollback needs any more, by age and by size. */
import type { Logger as Log } from 'pino'
import { neededArtifacts } from '../adapters/postgres/releases/needed-artifacts.ts'
import type { Database } from '../adapters/postgres/database/database.ts'
import type { Artifacts } from '../adapters/target/target.ts'

export interface PruneSettings {
  readonly artifactAgeMs: number
  /** In MiB. */
  readonly artifactSpace: number
}

type Store = Pick<Artifacts, 'prune'>

const everyMs = 3_600_000

/** Prunes at once, then every hour. */
export function startPruner(db: Database, stores: readonly Store[], settings: PruneSettings, log: Log): { stop(): void } {
  const once = async () => {
    try {
      const removed = await pruneArtifacts(db, stores, settings)
      if (removed.length > 0) log.info({ removed }, 'artifacts that nothing needs are removed')
    } catch (error) {
      log.warn({ err: error }, 'artifacts could not be pruned')
    }
  }
  void once()
  const timer = setInterval(() => void once(), everyMs)
  return { stop: () => clearInterval(timer) }
}

/** Returns the digests that were removed; none while another worker prunes. */
export async function pruneArtifacts(
  db: Database,
  stores: readonly Store[],
  { artifactAgeMs, artifactSpace }: PruneSettings,
): Promise<readonly string[]> {
  const removed = await db.exclusive('holdfast pruner', async () => {
    const wanted = { keep: [...(await neededArtifacts(db))], ageMs: artifactAgeMs, spaceBytes: artifactSpace * 2 ** 20 }
    return (await Promise.all(stores.map((store) => store.prune(wanted)))).flat()
  })
  return removed ?? []
}
