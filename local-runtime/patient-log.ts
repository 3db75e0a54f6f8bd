/** Keeps rows in memory while the disk has no space. A full disk must not stop a process from starting again, and must not end one. */
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'

export interface PatientLog {
  append(row: EffectRow): void
  /** Tries to write the rows that wait. */
  flush(): void
}

/** The oldest rows are dropped beyond this, so that a crash loop on a full disk does not fill the memory. */
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
    if (lost > 0) warn(`${lost} rows of the effect log are lost because the disk had no space`)
    lost = 0
  }
  return {
    append(row) {
      if (waiting.length === 0) {
        try {
          return append(row)
        } catch (error) {
          warn(`the effect log cannot be written; processes start and end all the same: ${(error as Error).message}`)
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
