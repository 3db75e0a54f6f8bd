/**
 * How much of a process's output is kept: a burst, then so much a second. The rest is dropped and counted, except its end, which people ask
 * for after a crash. A process that prints faster still is made to wait, so that it takes no time from others.
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
/** Of what is dropped, the end that is kept. */
const endBytes = 16 << 10

/** What may be kept and read at this moment, of all that share it: replicas of one revision, and each life of theirs. */
export interface PrintBudget {
  /** @returns may these bytes be kept? */
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
      // No debt: what is dropped costs nothing of what is kept later.
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

/** @param onDropped told how much was dropped, before what is kept after it */
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
    // From a whole line on: of a line that was cut, half a secret would not be known for one.
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
