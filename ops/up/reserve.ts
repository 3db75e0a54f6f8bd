/**
 * Room on the disk for the revert: a file that takes it while there is plenty, and goes when the disk is full, so that the database and
 * Temporal can still write down an abort. Whoever filled the disk may take it, too; the revert takes seconds.
 */
import { rmSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface ReserveOptions {
  readonly sizeBytes: number
  readonly everyMs: number
}

const usual: ReserveOptions = { sizeBytes: 64 << 20, everyMs: 1_000 }

/** Keeps a reserve in `folder`. Answers what ends the looking; the file stays. @param say told when it is given free */
export function keepReserve(folder: string, say: (line: string) => void, options: ReserveOptions = usual): () => void {
  const { sizeBytes, everyMs } = options
  const file = join(folder, 'reserve')
  const isThere = () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= sizeBytes
  const look = () => {
    try {
      const { bavail, bsize } = statfsSync(folder)
      const left = bavail * bsize
      if (isThere() && left < sizeBytes / 4) {
        rmSync(file)
        say(`the disk of ${folder} is full: its reserve is given free, so that what is in flight can go back; make room now`)
      } else if (!isThere() && left > 4 * sizeBytes) writeFileSync(file, Buffer.alloc(sizeBytes), { mode: 0o600 })
    } catch {
      // No reserve is no reason to end; a part of one is made whole once there is room.
    }
  }
  look()
  const timer = setInterval(look, Math.min(everyMs, longestTimerMs)).unref()
  return () => clearInterval(timer)
}
