/**
 * How often in a row an error that nobody met has ended the runtime soon after its start, and what it was restoring then: what it reads at
 * every start would otherwise end it for ever.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile } from './durable-file.ts'

const Failed = z.object({ inARow: z.int().min(0), restoring: z.string().nullable() })

export interface Starts {
  readonly failedInARow: number
  /** What an earlier life was restoring, alone, as it ended. */
  readonly suspect: string | null
  /** From now on an end by an error is held against this; null: against nothing in particular. */
  restoring(what: string | null): void
  /** To be told of the error that ends the process. */
  failed(): void
  /** An orderly end, or one long after the start, is no failed start. */
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
        // A full disk: it is tried again as it was.
      }
    },
    survived() {
      isEarly = false
      rmSync(path, { force: true })
    },
  }
}

/** What cannot be read says nothing. */
function readFailed(path: string): z.output<typeof Failed> {
  try {
    return Failed.parse(readJsonFile(path) ?? { inARow: 0, restoring: null })
  } catch {
    return { inARow: 0, restoring: null }
  }
}
