/**
 * Removes stored artifacts by age and size, but never one that is needed, nor one that was used within the hour, because it may be on its
 * way.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { entriesOf } from './artifact.ts'

export interface PruneJob {
  readonly kind: 'prune'
  /** Of the store. */
  readonly root: string
  /** Digests. */
  readonly keep: readonly string[]
  /** Not used for longer: removed. */
  readonly ageMs: number
  /** While they take more together, what was not used for longest goes. */
  readonly spaceBytes: number
  /** Of what is being removed: cleared away at the next start where a kill cuts it short. */
  readonly wastePrefix: string
}

const graceMs = 3_600_000

/** Answers digests of what was removed, the longest unused first. */
export function pruneArtifacts({ root, keep, ageMs, spaceBytes, wastePrefix }: PruneJob): readonly string[] {
  const needed = new Set(keep)
  const now = Date.now()
  const stored = readdirSync(root)
    .filter((name) => /^sha256-[0-9a-f]{64}$/.test(name))
    .map((name) => ({ name, digest: name.replace('-', ':'), idleMs: now - statSync(join(root, name)).mtimeMs }))
    .toSorted((a, b) => b.idleMs - a.idleMs)
    .map((one) => ({ ...one, sizeBytes: sizeOf(join(root, one.name)) }))
  let takenBytes = stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const removed: string[] = []
  for (const { name, digest, idleMs, sizeBytes } of stored) {
    if (needed.has(digest) || idleMs < graceMs) continue
    if (idleMs <= ageMs && takenBytes <= spaceBytes) continue
    const waste = join(root, `${wastePrefix}${name}`)
    renameSync(join(root, name), waste)
    rmSync(waste, { recursive: true, force: true })
    takenBytes -= sizeBytes
    removed.push(digest)
  }
  return removed
}

function sizeOf(folder: string): number {
  let sizeBytes = 0
  for (const entry of entriesOf(folder)) sizeBytes += entry.sizeBytes
  return sizeBytes
}
