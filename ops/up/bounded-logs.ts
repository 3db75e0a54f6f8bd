/**
 * Bounds the logs of the stack's processes. A process keeps writing to the same open file, so this copies the file to the same name with
 * `.1` and empties it. Lines written in between are lost.
 */
import { copyFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface LogBounds {
  /** Size at which a log is moved. With the previous one it may take twice as much. */
  readonly mostBytes: number
  /** Age at which the previous log is removed. */
  readonly keepMs: number
  readonly everyMs: number
}

const usual: LogBounds = { mostBytes: 16 << 20, keepMs: 14 * 86_400_000, everyMs: 5_000 }

/** Bounds every `*.log` in these folders, now and repeatedly. Returns the function that ends it. */
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
    // Without room for a copy, the log may grow to twice its size. Then its lines are dropped.
    if (!moved(log, before) && size < 2 * mostBytes) return
    truncateSync(log, 0)
  } catch {
    // The next run tries again. A log must not end the starter.
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
