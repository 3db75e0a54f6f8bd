/**
 * Removes stored artifacts by age and size, but never one that is needed or was used within the last hour, because a release that is not
 * yet accepted may need it.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { entriesOf } from './artifact.ts'

export interface PruneJob {
  readonly kind: 'prune'
  /** The folder of the store. */
  readonly root: string
  /** The digests that are needed. */
  readonly keep: readonly string[]
  /** Artifacts that were not used for longer are removed. */
  readonly ageMs: number
  /** While the artifacts take more space than this, the longest unused is removed. */
  readonly spaceBytes: number
  /** Marks what is being removed. When a kill interrupts the removal, the next start finishes it. */
  readonly wastePrefix: string
}

const graceMs = 3_600_000

/** Returns the digests of what was removed, the longest unused first. */
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
