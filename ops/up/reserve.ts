/**
 * Reserves disk space for a revert. A file takes the space while there is plenty. It is removed when the disk is full, so that the
 * database and Temporal can still record an abort. The program that filled the disk may take this space too, but a revert takes only
 * seconds.
 */
import { rmSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface ReserveOptions {
  readonly sizeBytes: number
  readonly everyMs: number
}

const usual: ReserveOptions = { sizeBytes: 64 << 20, everyMs: 1_000 }

/** Keeps a reserve in `folder`. Returns the function that stops the checks; the file stays. @param say called when the reserve is freed */
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
        say(
          `the disk of ${folder} is full: the reserve is freed, so that releases in flight can be reverted; free disk space now`,
        )
      } else if (!isThere() && left > 4 * sizeBytes) writeFileSync(file, Buffer.alloc(sizeBytes), { mode: 0o600 })
    } catch {
      // A missing reserve must not end the starter. A partly written one is completed once there is room.
    }
  }
  look()
  const timer = setInterval(look, Math.min(everyMs, longestTimerMs)).unref()
  return () => clearInterval(timer)
}
