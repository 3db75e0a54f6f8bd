/**
 * Bounds how much of a process's output is kept: a burst, then so many bytes a second. The rest is dropped and counted, except its end,
 * which people need after a crash. A process that prints faster still has to wait, so that it does not slow down others.
 */
import type { Readable } from 'node:stream'

export interface PrintRate {
  readonly burstBytes: number
  readonly keptBytesPerSecond: number
  readonly readBytesPerSecond: number
}

const defaultRate: PrintRate = { burstBytes: 4 << 20, keptBytesPerSecond: 1 << 20, readBytesPerSecond: 8 << 20 }

const everyMs = 250
const newline = 10
/** The end of dropped output that is kept. */
const endBytes = 16 << 10

/** How much may be kept and read now. All replicas of a revision share it, over all their restarts. */
export interface PrintBudget {
  /** @returns whether these bytes may be kept */
  take(bytes: number): boolean
  canKeepEnd(): boolean
  canRead(): boolean
}

export function createPrintBudget(rate: PrintRate = defaultRate, now = () => performance.now()): PrintBudget {
  let [kept, read, atMs] = [rate.burstBytes, rate.readBytesPerSecond, now()]
  const refill = () => {
    const seconds = (now() - atMs) / 1_000
    atMs += seconds * 1_000
    kept = Math.min(rate.burstBytes, kept + rate.keptBytesPerSecond * seconds)
    read = Math.min(rate.readBytesPerSecond, read + rate.readBytesPerSecond * seconds)
  }
  return {
    take(bytes) {
      refill()
      const fits = kept >= bytes
      // Never below zero, so that dropped bytes do not reduce what is kept later.
      kept = Math.max(0, kept - bytes)
      read -= bytes
      return fits
    },
    canKeepEnd() {
      refill()
      return kept >= endBytes
    },
    canRead() {
      refill()
      return read > 0
    },
  }
}

/** @param onDropped gets the number of dropped bytes, before the output that follows them */
export function readPrinted(
  source: Readable,
  onKept: (chunk: Buffer) => void,
  onDropped: (bytes: number) => void,
  onEnd: () => void,
  budget: PrintBudget,
): void {
  let dropped = 0
  let end: Buffer = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  const tellDropped = () => {
    if (dropped === 0) return
    // Starts with a whole line: half a secret in a line that was cut would not be recognised.
    const isWhole = end.length >= dropped
    const from = end.indexOf(newline) + 1
    const kept = isWhole ? end : from === 0 ? Buffer.alloc(0) : end.subarray(from)
    if (!isWhole) onDropped(dropped - kept.length)
    onKept(kept)
    ;[dropped, end] = [0, Buffer.alloc(0)]
  }
  const later = () => {
    if (budget.canKeepEnd()) tellDropped()
    if (budget.canRead()) source.resume()
    if (source.isPaused() || dropped > 0) return
    clearInterval(timer)
    timer = undefined
  }
  source.on('data', (chunk: Buffer) => {
    if (budget.take(chunk.length) && dropped === 0) onKept(chunk)
    else {
      dropped += chunk.length
      end = Buffer.concat([end, chunk]).subarray(-endBytes)
    }
    if (!budget.canRead()) source.pause()
    if (source.isPaused() || dropped > 0) timer ??= setInterval(later, everyMs).unref()
  })
  let isOver = false
  const over = () => {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    tellDropped()
    onEnd()
  }
  source.on('end', over)
  source.on('error', over)
  source.on('close', over)
}
