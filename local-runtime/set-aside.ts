/** Moves state that cannot be used into a folder of its own. It is not lost, and does not stop the runtime from serving the rest. */
import { mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from './durable-file.ts'

const Note = z.object({ what: z.string(), why: z.string(), at: z.string() })
/** `what` is an environment, or a whole file. */
export interface SetAside extends z.output<typeof Note> {
  /** The file with the state that was set aside. */
  readonly file: string
}

const folderIn = (home: string): string => join(home, 'set-aside')
const nameOf = (what: string, at: string): string =>
  `${at.replaceAll(/[^0-9]/g, '')}-${what.replaceAll(/[^a-z0-9.-]/g, '_')}.json`

/** Synced before it returns. Only then may the state be saved without it. */
export function setAside(home: string, what: string, why: string, entry: unknown): SetAside {
  const at = new Date().toISOString()
  mkdirSync(folderIn(home), { recursive: true, mode: 0o700 })
  const file = join(folderIn(home), nameOf(what, at))
  replaceFile(file, JSON.stringify({ what, why, at, entry }))
  return { what, why, at, file }
}

export function setAsideFile(home: string, path: string, what: string, why: string): SetAside {
  const kept = setAside(home, what, why, null)
  renameSync(path, `${kept.file}.content`)
  return kept
}

/** Everything that was set aside. The operator removes a file after fixing its cause. */
export function listSetAside(home: string): readonly SetAside[] {
  try {
    return readdirSync(folderIn(home))
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(folderIn(home), name))
      .map((file) => ({ ...Note.parse(JSON.parse(readFileSync(file, 'utf8'))), file }))
  } catch {
    return []
  }
}
