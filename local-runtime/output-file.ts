/** Keeps what a revision's replicas print, in two files of bounded size: the present one and the one before. */
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { withoutSecrets } from './environment.ts'
import type { PrintBudget, PrintRate } from './print-rate.ts'
import { createPrintBudget, readPrinted } from './print-rate.ts'

const maxSizeBytes = 4 << 20
const longestLine = 8_192
const keptFiles = 10
const readBytes = 1 << 20

export interface OutputRow {
  /** Rises from row to row, over all files and restarts, so it identifies a row. */
  readonly n: number
  /** When the line arrived. */
  readonly atMs: number
  readonly replica: string
  readonly version: string
  readonly line: string
}

export interface OutputFile {
  /** Takes over both streams of a process. @param hidden texts that are replaced by `***` */
  take(child: ChildProcess, replica: string, hidden?: readonly string[]): void
  /** Bytes that were dropped because they were printed too fast. */
  droppedBytes(): number
  /** The last lines, oldest first. */
  tail(lines: number): Promise<readonly OutputRow[]>
}

/** The clock in microseconds, except that it always rises. */
let lastNumber = 0
const nextNumber = (): number => (lastNumber = Math.max(lastNumber + 1, Date.now() * 1_000))

/** A full disk loses lines but never ends the runtime. `onLoss` is called once per series of losses. */
export function openOutput(path: string, version: string, onLoss: (why: string) => void, rate?: PrintRate): OutputFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let sizeBytes = sizeOf(path)
  let losing = false
  let droppedBytes = 0
  const budget = createPrintBudget(rate)
  const write = (replica: string, lines: readonly string[]) => {
    const text = lines
      .map((line) => `${JSON.stringify({ n: nextNumber(), atMs: Date.now(), replica, version, line })}\n`)
      .join('')
    try {
      // Synchronous, so that no lines wait in memory for a slow disk.
      appendFileSync(path, text, { mode: 0o600 })
      sizeBytes += Buffer.byteLength(text)
      if (sizeBytes >= maxSizeBytes) {
        renameSync(path, `${path}.1`)
        sizeBytes = 0
      }
      losing = false
    } catch (error) {
      if (!losing) onLoss(error instanceof Error ? error.message : String(error))
      losing = true
    }
  }
  return {
    take(child, replica, hidden = []) {
      const taken = (lines: readonly string[]) => write(replica, lines)
      const dropped = (bytes: number) => {
        droppedBytes += bytes
        taken([`(${bytes} bytes were printed too fast and are left out)`])
      }
      for (const source of [child.stdout, child.stderr]) if (source) byLine(source, taken, dropped, hidden, budget)
    },
    droppedBytes: () => droppedBytes,
    tail: (lines) => lastRows(path, lines),
  }
}

/** The last lines that were printed to `path`, including its former file. Works for removed revisions too. */
export async function lastRows(path: string, lines: number): Promise<readonly OutputRow[]> {
  return (await Promise.all([`${path}.1`, path].map(read))).flat().slice(-lines)
}

/** The files of all revisions at one environment, the newest first. */
export function outputFiles(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : []
  const changedMs = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return names.map((name) => join(folder, name)).toSorted((a, b) => changedMs(b) - changedMs(a))
}

/**
 * Removes the output of all but the newest revisions. People ask about a failed version after it is gone, so its output stays for a while.
 */
export function pruneOutput(folder: string): void {
  for (const path of outputFiles(folder).slice(keptFiles)) for (const old of [path, `${path}.1`]) rmSync(old, { force: true })
}

/**
 * Passes on whole lines without secrets, as many as arrived together. A line longer than `longestLine` is cut into several. A line that has
 * not ended is passed on except for its last part, so that no secret is split in two and missed.
 */
function byLine(
  source: Readable,
  take: (lines: readonly string[]) => void,
  dropped: (bytes: number) => void,
  hidden: readonly string[],
  budget: PrintBudget,
): void {
  const decoder = new StringDecoder('utf8')
  const longestHidden = Math.max(0, ...hidden.map(({ length }) => length))
  let rest = ''
  const flush = () => {
    if (rest !== '') take(cut(withoutSecrets(rest, hidden)))
    rest = ''
  }
  const flushBeginning = () => {
    const cleaned = withoutSecrets(rest, hidden)
    const at = Math.max(0, cleaned.length - longestHidden)
    if (at > 0) take(cut(cleaned.slice(0, at)))
    rest = cleaned.slice(at)
  }
  const kept = (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    const whole = lines.flatMap((line) => cut(withoutSecrets(line.replace(/\r$/, ''), hidden)))
    if (whole.length > 0) take(whole)
    if (rest.length >= longestLine + longestHidden) flushBeginning()
  }
  // The gap includes the line that it cuts.
  const gap = (bytes: number) => {
    dropped(bytes + Buffer.byteLength(rest))
    rest = ''
  }
  readPrinted(source, kept, gap, flush, budget)
}

const cut = (line: string): readonly string[] =>
  line.length <= longestLine ? [line] : (line.match(new RegExp(`[^]{1,${longestLine}}`, 'g')) ?? [])

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Reads only the last MiB of a file. */
async function read(path: string): Promise<readonly OutputRow[]> {
  const file = await open(path).catch(() => undefined)
  if (!file) return []
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, readBytes)),
      position: Math.max(0, size - readBytes),
    })
    return buffer.toString('utf8', 0, bytesRead).split('\n').flatMap(parsed)
  } catch {
    return []
  } finally {
    await file.close()
  }
}

/** Leaves out a line that is cut off, by a kill or because reading began within it. */
function parsed(line: string): readonly OutputRow[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as OutputRow]
  } catch {
    return []
  }
}
