/** Files that survive a kill at any moment, of the process or the machine: replaced whole, or appended whole lines. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes, syncs, renames: a reader sees the old content or the new. */
export function replaceFile(path: string, content: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    // Not `writeSync`: a disk that is nearly full takes a part and says so in a number.
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}

/** Syncs the folder too, which holds the name: otherwise a power cut brings the old content back. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
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
  /** Synced before it returns; where it throws, nothing of the row is there. */
  append(row: object): void
  sizeBytes(): number
  close(): void
}

/** JSON lines, only ever appended to; see `readLines`. After a line torn by a kill the next one starts on a line of its own. */
export function openLineFile(path: string): LineFile {
  const file = openSync(path, 'a', 0o600)
  const last = readFileSync(path, 'latin1').slice(-1)
  if (last !== '' && last !== '\n') writeFileSync(file, '\n')
  return {
    append(row) {
      const { size } = fstatSync(file)
      try {
        writeFileSync(file, `${JSON.stringify(row)}\n`)
      } catch (error) {
        ftruncateSync(file, size)
        throw error
      }
      fsyncSync(file)
    },
    sizeBytes: () => fstatSync(file).size,
    close: () => closeSync(file),
  }
}

/** What was appended, read beside what is served, for it may be long; nothing where there is no file. A torn line is left out. */
export async function readLines(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap(parsed)
}

function parsed(line: string): readonly unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as unknown]
  } catch {
    return []
  }
}
