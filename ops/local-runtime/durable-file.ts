/** Files that survive a kill at any moment: replaced whole, or appended whole lines. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

/** Writes, syncs, renames: a reader sees the old content or the new. */
export function replaceFile(path: string, content: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}

/** Undefined when there is none. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export interface LineFile {
  /** Synced before it returns. */
  append(row: object): void
  rows(): readonly unknown[]
  close(): void
}

/** JSON lines, only ever appended to. A line torn by a kill is left out when read. */
export function openLineFile(path: string): LineFile {
  const file = openSync(path, 'a', 0o600)
  return {
    append(row) {
      writeSync(file, `${JSON.stringify(row)}\n`)
      fsyncSync(file)
    },
    rows: () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line) => {
          try {
            return line === '' ? [] : [JSON.parse(line) as unknown]
          } catch {
            return []
          }
        }),
    close: () => closeSync(file),
  }
}
