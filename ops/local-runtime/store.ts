/** Content-addressed artifacts: a path goes in, its digest names it, and what is in never changes. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, cp, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { digestOf, entriesOf, measure } from './artifact.ts'

export interface Store {
  /** Copies a file or folder in; the same content is there once. @throws Problem invalid-input */
  importPath(path: string): Promise<{ digest: string; sizeBytes: number }>
  /** Folder of an artifact, or undefined. */
  folderOf(digest: string): Promise<string | undefined>
}

const importing = '.import-'

export function openStore(home: string): Store {
  const root = join(home, 'artifacts')
  mkdirSync(root, { recursive: true, mode: 0o700 })
  // Node looks upwards for the kind of a script's modules: an artifact without a package.json would get that of the folder we lie in.
  writeFileSync(join(home, 'package.json'), '{}\n')
  for (const name of readdirSync(root)) if (name.startsWith(importing)) rmSync(join(root, name), { recursive: true, force: true })
  const placeOf = (digest: string) => join(root, digest.replace(':', '-'))
  return {
    async importPath(path) {
      const from = await sourceOf(path)
      // Before anything is copied: what is too large would fill the disk first.
      await measure(from)
      const copy = await mkdtemp(join(root, importing))
      try {
        // Copied first, digested from the copy: what changes meanwhile cannot make the two differ.
        const isFolder = (await stat(from)).isDirectory()
        await cp(from, isFolder ? copy : join(copy, basename(path)), { recursive: true, verbatimSymlinks: true })
        const { digest, sizeBytes } = await digestOf(copy)
        if (await exists(placeOf(digest))) return { digest, sizeBytes }
        await makeReadOnly(copy)
        await rename(copy, placeOf(digest)).catch(async (error: unknown) => {
          if (!(await exists(placeOf(digest)))) throw error
        })
        return { digest, sizeBytes }
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
    },
    async folderOf(digest) {
      if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined
      return (await exists(placeOf(digest))) ? placeOf(digest) : undefined
    },
  }
}

/** Where the path leads: a link to an artifact is followed, links within it are kept. @throws Problem invalid-input */
async function sourceOf(path: string): Promise<string> {
  if (!isAbsolute(path)) throw new Problem('invalid-input', `'${path}' is not an absolute path`)
  return realpath(path).catch(() => {
    throw new Problem('invalid-input', `there is no artifact at ${path}`)
  })
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** A service cannot change a file that others run by the same digest. Folders stay its owner's: `rm -r` must work. */
async function makeReadOnly(folder: string): Promise<void> {
  for await (const { path, kind, isExecutable } of entriesOf(folder)) {
    if (kind === 'file') await chmod(path, isExecutable ? 0o555 : 0o444)
    if (kind === 'folder') await chmod(path, 0o755)
  }
  await chmod(folder, 0o755)
}
