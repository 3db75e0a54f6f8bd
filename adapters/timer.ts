/**
 * Timers for durations of any length. Node keeps a duration in 31 bits: beyond 24.8 days its own timers and `AbortSignal.timeout` fire
 * after 1 ms. A duration that somebody declares takes one of these timers.
 */

import { longestTimerMs as longestPieceMs } from '../domain/bounds.ts'

export interface Timer {
  /** Does nothing after the timer has ended or was cancelled. */
  cancel(): void
}

interface TimerOptions {
  /** Does not keep the process alive. */
  readonly idle?: boolean
}

/**
 * Calls `onEnd` once, when `durationMs` have passed, never earlier. Zero or less means the next turn of the loop; Infinity never ends.
 * @throws RangeError for NaN, which Node would take for 1 ms
 */
export function startTimer(durationMs: number, onEnd: () => void, { idle = false }: TimerOptions = {}): Timer {
  if (Number.isNaN(durationMs)) throw new RangeError('a timer needs a duration')
  let piece: NodeJS.Timeout
  const next = (leftMs: number): void => {
    piece = leftMs > longestPieceMs ? setTimeout(next, longestPieceMs, leftMs - longestPieceMs) : setTimeout(onEnd, leftMs)
    if (idle) piece.unref()
  }
  next(Math.max(0, durationMs))
  return { cancel: () => clearTimeout(piece) }
}

/**
 * Like `startTimer`, for a time limit on another process. Node runs timers before it reads sockets and learns that processes ended. After a
 * pause of this thread the answer may have arrived already, so this lets Node read it first.
 */
export function startPatience(durationMs: number, onEnd: () => void, options: TimerOptions = {}): Timer {
  let immediate: NodeJS.Immediate | undefined
  const timer = startTimer(durationMs, () => void (immediate = setImmediate(onEnd)), options)
  return {
    cancel() {
      timer.cancel()
      clearImmediate(immediate)
    },
  }
}

/** Resolves after `durationMs`, or at once when `signal` aborts. It never rejects, so the caller checks the signal. */
export function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      timer.cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = startTimer(durationMs, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}

/** Runs `work` with a time limit: its signal aborts with a TimeoutError after `durationMs`. No timer stays once the work is done. */
export async function within<T>(durationMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController()
  const end = () => limit.abort(new DOMException(`not done within ${durationMs} ms`, 'TimeoutError'))
  const timer = startPatience(durationMs, end, { idle: true })
  try {
    return await work(limit.signal)
  } finally {
    timer.cancel()
  }
}
