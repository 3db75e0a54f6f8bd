/** What an artifact is made of, and the digest that names it: over names, kinds, executable bits and contents, not over times or owners. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { Problem } from '../../domain/problem.ts'

const maxSizeBytes = 1 << 30
const maxEntries = 200_000

export interface Entry {
  readonly path: string
  /** Path within the artifact. */
  readonly label: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly isExecutable: boolean
  /** Of a file's content. */
  readonly sizeBytes: number
}

/** Everything in a folder, in order of name, a folder before what is in it. @throws Problem invalid-input for pipes, sockets, devices */
export async function* entriesOf(folder: string, root = folder): AsyncGenerator<Entry> {
  for (const name of (await readdir(folder)).toSorted()) {
    const entry = await entryOf(join(folder, name), root)
    yield entry
    if (entry.kind === 'folder') yield* entriesOf(entry.path, root)
  }
}

async function entryOf(path: string, root: string): Promise<Entry> {
  const info = await lstat(path)
  const label = relative(root, path)
  const kind = info.isSymbolicLink() ? 'link' : info.isDirectory() ? 'folder' : info.isFile() ? 'file' : null
  if (kind === null) throw new Problem('invalid-input', `${label || path} is neither file, folder nor link`)
  return { path, label, kind, isExecutable: (info.mode & 0o100) !== 0, sizeBytes: kind === 'file' ? info.size : 0 }
}

/** @throws Problem invalid-input where an artifact is too large, or is not made of files, folders and links */
export async function measure(path: string): Promise<void> {
  const own = await entryOf(path, path)
  let [sizeBytes, entries] = [own.sizeBytes, 1]
  const check = () => {
    if (sizeBytes > maxSizeBytes) throw new Problem('invalid-input', `the artifact is larger than ${maxSizeBytes >> 20} MiB`)
    if (entries > maxEntries) throw new Problem('invalid-input', `the artifact has more than ${maxEntries} files`)
  }
  check()
  if (own.kind !== 'folder') return
  for await (const entry of entriesOf(path)) {
    sizeBytes += entry.sizeBytes
    entries += 1
    check()
  }
}

/** @throws Problem invalid-input where a link leads out of the folder */
export async function digestOf(folder: string): Promise<{ digest: string; sizeBytes: number }> {
  const root = await realpath(folder)
  const hash = createHash('sha256')
  let total = 0
  for await (const { path, label, kind, isExecutable, sizeBytes } of entriesOf(root)) {
    total += sizeBytes
    if (kind === 'link') hash.update(`link ${label}\0${await innerLink(root, path, label)}\0`)
    else if (kind === 'folder') hash.update(`folder ${label}\0`)
    else {
      hash.update(`file ${label}\0${isExecutable ? 'x' : '-'}${sizeBytes}\0`)
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    }
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes: total }
}

/** A link out of the artifact would run what nobody digested. It is followed to its end: links on the way count too. */
async function innerLink(root: string, link: string, label: string): Promise<string> {
  const to = await readlink(link)
  const end = await realpath(link).catch(() => {
    throw new Problem('invalid-input', `${label} links to nothing in the artifact`)
  })
  const inside = relative(root, end)
  if (isAbsolute(to) || inside === '..' || inside.startsWith('../'))
    throw new Problem('invalid-input', `${label} links out of the artifact`)
  return to
}
