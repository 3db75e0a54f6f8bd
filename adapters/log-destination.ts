/**
 * Writes a log to a file descriptor without blocking the process. When the disk is full or the reader stands still, lines are lost and
 * counted, but nothing blocks or ends. Pino's own destination throws, waits, or never tries again.
 */
import { readlinkSync, write, writeSync } from 'node:fs'

export interface LogDestination {
  write(line: string): void
  /** The number of lost lines. */
  droppedLines(): number
  /** Why the log cannot be written now, and where; null while it can. */
  fault(): string | null
  /** Writes the waiting lines if that is possible at once. For the end of a process, which writes nothing after it. */
  flushSync(): void
}

/** The most bytes that wait for a slow disk. */
const mostBytes = 256 << 10
/** The pause between two attempts at a full disk. */
const retryMs = 500
/** A write that lasts longer goes to a reader that stands still. */
const patienceMs = 500

/** @param droppedLine makes the line about lost lines, written once there is space again */
export function openLogDestination(fd: number, droppedLine: (lines: number) => string): LogDestination {
  let waiting: string[] = []
  let waitingBytes = 0
  /** The bytes that are being written, or the rest of them: a line that was cut off is completed. */
  let rest = Buffer.alloc(0)
  let isWriting = false
  let begunAt = 0
  let fault: string | null = null
  const dropped = { lines: 0, reported: 0 }

  function next(): Buffer {
    if (rest.length > 0) return rest
    const lost = dropped.lines - dropped.reported
    if (lost > 0) waiting.push(droppedLine(lost))
    dropped.reported = dropped.lines
    rest = Buffer.from(waiting.join(''))
    waiting = []
    waitingBytes = 0
    return rest
  }

  function go(): void {
    if (isWriting || (rest.length === 0 && waiting.length === 0)) return
    isWriting = true
    begunAt = performance.now()
    write(fd, next(), (error, bytes) => {
      isWriting = false
      rest = rest.subarray(bytes || 0)
      fault = error ? `${nameOf(fd)} cannot be written: ${error.code ?? error.message}` : null
      if (error) setTimeout(go, retryMs).unref()
      else go()
    })
  }

  return {
    write(line) {
      const bytes = Buffer.byteLength(line)
      if (waitingBytes + bytes > mostBytes) dropped.lines += 1
      else {
        waiting.push(line)
        waitingBytes += bytes
      }
      if (fault === null) go()
    },
    droppedLines: () => dropped.lines,
    fault: () => fault,
    flushSync() {
      // A full disk, or a reader that stands still, does not accept the last lines either.
      if (fault !== null || (isWriting && performance.now() - begunAt > patienceMs)) return
      try {
        // The write in progress completes by itself, before or after these lines, never within them.
        if (isWriting) rest = Buffer.alloc(0)
        while (rest.length > 0 || waiting.length > 0) rest = rest.subarray(writeSync(fd, next()))
      } catch {
        // The process ends all the same.
      }
    },
  }
}

/** The file behind a descriptor, which tells the disk. */
function nameOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return `descriptor ${fd}`
  }
}
