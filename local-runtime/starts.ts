/**
 * Counts how often in a row an uncaught error ended the runtime soon after its start, and what it was restoring then. Otherwise bad state
 * that it reads at every start would end it for ever.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile } from './durable-file.ts'

const Failed = z.object({ inARow: z.int().min(0), restoring: z.string().nullable() })

export interface Starts {
  readonly failedInARow: number
  /** What an earlier life was restoring, alone, when it ended. */
  readonly suspect: string | null
  /** Names what is being restored. If the runtime ends by an error now, this is the suspect; null: nothing in particular. */
  restoring(what: string | null): void
  /** Call this for the error that ends the process. */
  failed(): void
  /** Call this at an orderly end, or long after the start: the start has not failed. */
  survived(): void
}

export function openStarts(home: string): Starts {
  const path = join(home, 'failed-starts.json')
  const before = readFailed(path)
  let now: string | null = null
  let isEarly = true
  return {
    failedInARow: before.inARow,
    suspect: before.restoring,
    restoring: (what) => void (now = what),
    failed() {
      if (!isEarly) return
      try {
        writeFileSync(path, JSON.stringify({ inARow: before.inARow + 1, restoring: now }), { mode: 0o600 })
      } catch {
        // On a full disk this failure is not counted.
      }
    },
    survived() {
      isEarly = false
      rmSync(path, { force: true })
    },
  }
}

/** A file that cannot be read counts as no failure. */
function readFailed(path: string): z.output<typeof Failed> {
  try {
    return Failed.parse(readJsonFile(path) ?? { inARow: 0, restoring: null })
  } catch {
    return { inARow: 0, restoring: null }
  }
}
