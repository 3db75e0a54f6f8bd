/**
 * Finds out which disk of a process is full: the one with its data, by its free space, or the one with its log, by a failed write.
 */
import { statfs } from 'node:fs/promises'
import { logLosses } from './log.ts'

/** Four segments of PostgreSQL's log. With less space, PostgreSQL may have to stop. */
const leastBytes = 64 << 20

/** A sentence with the folder of the full disk; null when none is full. @param folder of the data; empty: only the log is checked */
export async function fullDisk(folder: string): Promise<string | null> {
  const { droppedLines, fault } = logLosses()
  if (fault !== null) return `${fault}${droppedLines > 0 ? ` (${droppedLines} lines lost)` : ''}`
  if (folder === '') return null
  const found = await statfs(folder).catch(() => null)
  const left = found ? found.bavail * found.bsize : leastBytes
  return left < leastBytes ? `the disk of ${folder} has ${Math.floor(left / 1e6)} MB left` : null
}
