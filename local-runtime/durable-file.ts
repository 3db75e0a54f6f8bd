/** Files that survive a kill of the process or the machine at any moment. A write replaces the whole file, or appends whole lines. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes, syncs and renames, so that a reader sees the old content or the new one. */
export function replaceFile(path: string, content: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    // Not `writeSync`: where the disk is nearly full it writes a part, and returns the number of bytes instead of throwing.
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}

/** Syncs a folder, which holds the names of its files. Without it, a power cut could restore the old content. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Undefined when there is no such file. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export interface LineFile {
  /** Synced before it returns. When it throws, no part of the row remains. */
  append(row: object): void
  sizeBytes(): number
  close(): void
}

/** A file of JSON lines that is only appended to; see `readLines`. After a line that a kill cut off, the next one starts on a new line. */
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

/** The appended rows, without lines that a kill cut off; empty when there is no file. Asynchronous, because the file may be long. */
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
