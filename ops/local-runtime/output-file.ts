/** What a revision's replicas print, in two files of bounded size: the present one and the one before. */
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'

const maxSizeBytes = 4 << 20
const longestLine = 8_192

export interface OutputRow {
  readonly replica: string
  readonly version: string
  readonly line: string
}

export interface OutputFile {
  /** Takes over both streams of a process. */
  take(child: ChildProcess, replica: string): void
  /** The last lines, oldest first. */
  tail(lines: number): readonly OutputRow[]
  close(): void
}

export function openOutput(path: string, version: string): OutputFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let stream: WriteStream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  let written = 0
  const write = (replica: string, line: string) => {
    const row = `${JSON.stringify({ replica, version, line: line.slice(0, longestLine) })}\n`
    written += row.length
    stream.write(row)
    if (written < maxSizeBytes) return
    stream.end()
    renameSync(path, `${path}.1`)
    stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
    written = 0
  }
  return {
    take(child, replica) {
      for (const source of [child.stdout, child.stderr]) {
        if (source) createInterface({ input: source }).on('line', (line) => write(replica, line))
      }
    },
    tail: (lines) => [`${path}.1`, path].flatMap(read).slice(-lines),
    close: () => stream.end(),
  }
}

const read = (path: string): readonly OutputRow[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as OutputRow)
    : []
