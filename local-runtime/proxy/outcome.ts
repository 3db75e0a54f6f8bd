/**
 * The outcome of one request: exactly one of answered, failed, timed out or abandoned, counted at that moment. An answer may still break
 * off after it was counted.
 */
import { startPatience } from '../../adapters/timer.ts'
import type { Timer } from '../../adapters/timer.ts'
import type { Asking } from './client-tally.ts'
import type { Waiting } from './edges.ts'
import type { Faults } from './faults.ts'
import type { Ending, Ledger } from './ledger.ts'
import type { Replica } from './replicas.ts'

export interface Outcome {
  /**
   * A function, not a getter. V8 gives each object with a getter a hidden class of its own, in the old generation. That class keeps the
   * getter's closure, and so the whole request, alive. A third of all garbage survived its first collection, which took 40 ms instead of 1.
   */
  settled(): boolean
  /** The request's last byte has been sent to the backend. Latency and the timeout start here. */
  lastByte(): void
  /** The backend accepts no more of the body, so the request cannot reach its last byte. It times out unless `moving` is called in time. */
  stalled(): void
  moving(): void
  answered(status: number): void
  /** Comes after `answered`: the body broke off before its end. */
  brokenOff(): void
  failed(): void
  abandoned(): void
}

export interface OutcomeOptions {
  readonly replica: Replica
  /** False for direct requests, which are in none of the release's counters. */
  readonly counted: boolean
  readonly asking: Asking | undefined
  readonly timeoutMs: number
  readonly ledger: Ledger
  readonly faults: Faults
  onTimeout(): void
}

export function createOutcome({ replica, counted, asking, timeoutMs, ledger, faults, onTimeout }: OutcomeOptions): Outcome {
  const waiting: Waiting = { sinceMs: -1, asking }
  let timer: Timer | undefined
  let settled = false
  let seemedGood = false
  ledger.drawn()
  if (counted) replica.tally.enter(waiting)

  const settle = (how: Ending): number => {
    settled = true
    ledger.ended(how)
    timer?.cancel()
    // An answer may overtake the request's last byte. It has no latency then.
    return waiting.sinceMs < 0 ? 0 : performance.now() - waiting.sinceMs
  }
  const timedOut = faults.guarded('proxy', () => {
    if (settled) return
    settle('timed-out')
    if (counted) replica.tally.failed(waiting, 'timeout', timeoutMs, Date.now())
    onTimeout()
  })
  return {
    settled: () => settled,
    lastByte() {
      if (settled) return
      waiting.sinceMs = performance.now()
      timer?.cancel()
      timer = startPatience(timeoutMs, timedOut)
    },
    stalled() {
      if (!settled) timer ??= startPatience(timeoutMs, timedOut)
    },
    moving() {
      timer?.cancel()
      timer = undefined
    },
    answered(status) {
      if (settled) return
      const durationMs = settle('answered')
      seemedGood = status < 500
      if (counted) replica.tally.answered(waiting, status, durationMs, Date.now())
    },
    brokenOff() {
      // Also for a replica that has left the table: the runtime may notice a crash by the exit, before the connections end.
      if (counted && seemedGood) replica.tally.brokenOff(waiting, Date.now())
    },
    failed() {
      if (settled) return
      const durationMs = settle('failed')
      if (counted) replica.tally.failed(waiting, 'connection', durationMs, Date.now())
    },
    abandoned() {
      if (settled) return
      const durationMs = settle('abandoned')
      if (counted) replica.tally.abandoned(waiting, durationMs, Date.now())
    },
  }
}
