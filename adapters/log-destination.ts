/**
 * Where a log goes: to a file descriptor, beside what the process does. A disk that is full or a reader that stands still costs lines,
 * which are counted, and neither blocks nor ends anything. Pino's own destination throws, waits, or never tries again.
 */
import { readlinkSync, write, writeSync } from 'node:fs'

export interface LogDestination {
  write(line: string): void
  /** Lines that are in no log. */
  droppedLines(): number
  /** Why nothing can be written now, and where; null while it can. */
  fault(): string | null
  /** Writes what waits, where that can be done at once: the last words of a process, which writes nothing after them. */
  flushSync(): void
}

/** What may wait for a slow disk. */
const mostBytes = 256 << 10
/** Between two tries at a disk that took nothing. */
const retryMs = 500
/** A write that lasts longer is to nobody who reads. */
const patienceMs = 500

/** @param droppedLine what is written of losses once there is room again */
export function openLogDestination(fd: number, droppedLine: (lines: number) => string): LogDestination {
  let waiting: string[] = []
  let waitingBytes = 0
  /** On its way, or what is left of it: a line that was torn is written to its end. */
  let rest = Buffer.alloc(0)
  let isWriting = false
  let begunAt = 0
  let fault: string | null = null
  const dropped = { lines: 0, told: 0 }

  function next(): Buffer {
    if (rest.length > 0) return rest
    const lost = dropped.lines - dropped.told
    if (lost > 0) waiting.push(droppedLine(lost))
    dropped.told = dropped.lines
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
      fault = error ? `${nameOf(fd)} takes no lines: ${error.code ?? error.message}` : null
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
      // A disk that is full, or a reader that stands still, takes no last words either.
      if (fault !== null || (isWriting && performance.now() - begunAt > patienceMs)) return
      try {
        // What is on its way ends by itself, before or after these: never within.
        if (isWriting) rest = Buffer.alloc(0)
        while (rest.length > 0 || waiting.length > 0) rest = rest.subarray(writeSync(fd, next()))
      } catch {
        // It ends as it would have.
      }
    },
  }
}

/** The file behind a descriptor, for it says which disk. */
function nameOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return `descriptor ${fd}`
  }
}
