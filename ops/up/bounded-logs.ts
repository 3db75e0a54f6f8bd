/**
 * Keeps the logs of the stack's processes within bounds: a process writes to the file that it was given, so what is there is moved to a
 * file of the same name with `.1`, and the file is emptied. Lines of the instant in between are lost.
 */
import { copyFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface LogBounds {
  /** Size at which a log is moved; with the one before it there may be twice as much. */
  readonly mostBytes: number
  /** Older than this, the one before is removed. */
  readonly keepMs: number
  readonly everyMs: number
}

const usual: LogBounds = { mostBytes: 16 << 20, keepMs: 14 * 86_400_000, everyMs: 5_000 }

/** Looks after every `*.log` in these folders, now and from now on. Answers what ends it. */
export function boundLogs(folders: readonly string[], bounds: LogBounds = usual): () => void {
  const look = () => {
    for (const folder of folders) for (const name of logsIn(folder)) bound(join(folder, name), bounds)
  }
  look()
  const timer = setInterval(look, Math.min(bounds.everyMs, longestTimerMs)).unref()
  return () => clearInterval(timer)
}

function bound(log: string, { mostBytes, keepMs }: LogBounds): void {
  const before = `${log}.1`
  try {
    const kept = statSync(before, { throwIfNoEntry: false })
    if (kept && Date.now() - kept.mtimeMs > keepMs) rmSync(before)
    const { size } = statSync(log)
    if (size < mostBytes) return
    // A full disk has no room for another copy, and its log may grow no further: then the newest lines make room.
    if (!moved(log, before) && size < 2 * mostBytes) return
    truncateSync(log, 0)
  } catch {
    // It is looked at again in a moment; a log is no reason to end.
  }
}

function moved(log: string, before: string): boolean {
  try {
    copyFileSync(log, `${before}.new`)
    renameSync(`${before}.new`, before)
    return true
  } catch {
    rmSync(`${before}.new`, { force: true })
    return false
  }
}

function logsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.log'))
  } catch {
    return []
  }
}
