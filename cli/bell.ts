/** A wait that can be ended early. A ring ends the present wait; without one, it ends the next wait at once. */
import { longestTimerMs } from '../domain/bounds.ts'

export interface Bell {
  ring(): void
  /** Resolves at the next ring, or after `ms`. @throws the signal's reason */
  silence(ms: number, signal?: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let wake: (() => void) | null = null
  return {
    ring() {
      rung = true
      wake?.()
    },
    silence: (ms, signal) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          rung = false
          wake = null
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          if (signal?.aborted) reject(signal.reason)
          else resolve()
        }
        const timer = setTimeout(done, Math.min(ms, longestTimerMs))
        signal?.addEventListener('abort', done)
        wake = done
        if (rung || signal?.aborted) done()
      }),
  }
}
