/** Keeps rows in memory while the disk has no space: a full disk must neither keep a process from starting again nor end one. */
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'

export interface PatientLog {
  append(row: EffectRow): void
  /** Tries what waits. */
  flush(): void
}

/** A crash loop on a full disk fills no memory: the oldest go. */
const mostWaiting = 10_000

export function createPatientLog(append: (row: EffectRow) => void, warn: (message: string) => void): PatientLog {
  const waiting: EffectRow[] = []
  let lost = 0
  const flush = () => {
    try {
      for (let row = waiting[0]; row; row = waiting[0]) {
        append(row)
        waiting.shift()
      }
    } catch {
      return
    }
    if (lost > 0) warn(`${lost} rows of the effect log found no space and are lost`)
    lost = 0
  }
  return {
    append(row) {
      if (waiting.length === 0) {
        try {
          return append(row)
        } catch (error) {
          warn(`the effect log takes no rows; what starts and ends goes on: ${(error as Error).message}`)
        }
      }
      waiting.push(row)
      if (waiting.length <= mostWaiting) return flush()
      waiting.shift()
      lost += 1
    },
    flush() {
      if (waiting.length > 0) flush()
    },
  }
}
