/**
 * Which of a process's disks takes no more: the one its data is on, by the room that is left, or the one its log goes to, by its refusal.
 */
import { statfs } from 'node:fs/promises'
import { logLosses } from './log.ts'

/** Four segments of PostgreSQL's log: with less, it may have to stop. */
const leastBytes = 64 << 20

/** Says so in words, with the folder; null: none. @param folder of the data; empty: only the log is looked at */
export async function fullDisk(folder: string): Promise<string | null> {
  const { droppedLines, fault } = logLosses()
  if (fault !== null) return `${fault}${droppedLines > 0 ? ` (${droppedLines} lines lost)` : ''}`
  if (folder === '') return null
  const found = await statfs(folder).catch(() => null)
  const left = found ? found.bavail * found.bsize : leastBytes
  return left < leastBytes ? `the disk of ${folder} has ${Math.floor(left / 1e6)} MB left` : null
}
