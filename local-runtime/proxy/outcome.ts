/**
 * One request's way to its outcome: exactly one of answered, failed, timed out or abandoned, counted at that moment. An answer may still
 * break off after it was counted.
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
   * A function and not a getter: each object with a getter gets a hidden class of its own, in the old generation, which holds the getter's
   * closure and so the whole request. A third of all garbage survived its first collection: 40 ms each instead of 1.
   */
  settled(): boolean
  /** The request's last byte has been sent on: latency and the timeout run from here. */
  lastByte(): void
  /** The backend takes no more of the body, and the request cannot reach its last byte: as a timeout, unless `moving` is called in time. */
  stalled(): void
  moving(): void
  answered(status: number): void
  /** After `answered`: the body came to no end. */
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
    // An answer may overtake the request's last byte: no latency then.
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
      // Of a replica that has left the table too: a crash may be known by its exit before its connections end.
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
