/** What an artifact consists of, and its digest. The digest covers names, kinds, executable bits and contents, not times or owners. */
import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../domain/problem.ts'

export interface Entry {
  readonly path: string
  /** Path within the artifact. */
  readonly label: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly isExecutable: boolean
  /** Of a file's content. */
  readonly sizeBytes: number
}

/** Names in a folder, sorted. @throws Problem invalid-input for a name that is not UTF-8, because the copy would get another name */
export function namesIn(folder: string, label: string): readonly string[] {
  return readdirSync(folder, { encoding: 'buffer' })
    .map((bytes) => {
      const name = bytes.toString('utf8')
      if (Buffer.from(name, 'utf8').equals(bytes)) return name
      throw new Problem('invalid-input', `the name of a file in ${label || 'the artifact'} is not UTF-8: ${name}`, {
        hint: 'rename it, or leave it out by a line in .holdfastignore',
      })
    })
    .toSorted()
}

/** @throws Problem invalid-input for pipes, sockets, devices */
export function entryAt(path: string, label: string): Entry {
  const info = lstatSync(path)
  const kind = info.isSymbolicLink() ? 'link' : info.isDirectory() ? 'folder' : info.isFile() ? 'file' : null
  if (kind === null) throw new Problem('invalid-input', `${label || path} is neither file, folder nor link`)
  return { path, label, kind, isExecutable: (info.mode & 0o100) !== 0, sizeBytes: kind === 'file' ? info.size : 0 }
}

/** Everything in a folder, a folder before what is in it. */
export function* entriesOf(folder: string, label = ''): Generator<Entry> {
  for (const name of namesIn(folder, label)) {
    const entry = entryAt(join(folder, name), label ? `${label}/${name}` : name)
    yield entry
    if (entry.kind === 'folder') yield* entriesOf(entry.path, entry.label)
  }
}

/** Gets the content of a file, piece by piece. The caller reuses a piece as soon as this returns. */
export type Take = (piece: Uint8Array) => void

/** What happens with each entry as it is digested. */
export interface Visit {
  /** Reads exactly as many bytes of a file as the entry says. */
  file(file: Entry, take: Take): void
  /** Returns the target of a link, as written. */
  link?(link: Entry): string
  folder?(folder: Entry): void
}

/** The digest of entries in their order. */
export function digestOf(entries: Iterable<Entry>, visit: Visit): string {
  const hash = createHash('sha256')
  for (const entry of entries) addEntry(hash, entry, visit)
  return `sha256:${hash.digest('hex')}`
}

function addEntry(hash: Hash, entry: Entry, visit: Visit): void {
  const { kind, label, isExecutable, sizeBytes } = entry
  if (kind === 'link') hash.update(`link ${label}\0${visit.link?.(entry) ?? readlinkSync(entry.path)}\0`)
  else if (kind === 'folder') {
    visit.folder?.(entry)
    hash.update(`folder ${label}\0`)
  } else {
    hash.update(`file ${label}\0${isExecutable ? 'x' : '-'}${sizeBytes}\0`)
    visit.file(entry, (piece) => hash.update(piece))
  }
}
