/**
 * How much of what one process prints is kept: a burst, then so much a second. The rest is dropped and counted, but for its end, which is what
 * is asked for after a crash; and a process that prints faster still waits, so that it takes no time from anybody else.
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

/** @param onDropped told how much was dropped, before what is kept after it */
export function readPrinted(
  source: Readable,
  onKept: (chunk: Buffer) => void,
  onDropped: (bytes: number) => void,
  onEnd: () => void,
  rate = defaultRate,
): void {
  let [kept, read] = [rate.burstBytes, rate.readBytesPerSecond]
  let dropped = 0
  let end: Buffer = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  const tellDropped = () => {
    if (dropped === 0) return
    // From a whole line on: of a line that was cut, half a secret would not be known for one.
    const isWhole = end.length >= dropped
    const kept = isWhole ? end : end.subarray(end.indexOf(newline) + 1)
    if (!isWhole) onDropped(dropped - kept.length)
    onKept(kept)
    ;[dropped, end] = [0, Buffer.alloc(0)]
  }
  const refill = () => {
    kept = Math.min(rate.burstBytes, kept + (rate.keptBytesPerSecond * everyMs) / 1_000)
    read = Math.min(rate.readBytesPerSecond, read + (rate.readBytesPerSecond * everyMs) / 1_000)
    if (kept >= endBytes) tellDropped()
    if (read > 0) source.resume()
    if (kept < rate.burstBytes || read < rate.readBytesPerSecond || dropped > 0) return
    clearInterval(timer)
    timer = undefined
  }
  source.on('data', (chunk: Buffer) => {
    kept -= chunk.length
    read -= chunk.length
    timer ??= setInterval(refill, everyMs).unref()
    if (kept >= 0 && dropped === 0) return onKept(chunk)
    // No debt: what is dropped costs nothing of what is kept later.
    kept = Math.max(kept, 0)
    dropped += chunk.length
    end = Buffer.concat([end, chunk]).subarray(-endBytes)
    if (read <= 0) source.pause()
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
