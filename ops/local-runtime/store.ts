/** Content-addressed artifacts: a path goes in, its digest names it, and what is in never changes. */
import { createHash } from 'node:crypto'
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, readdir, readlink, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Problem } from '../../domain/problem.ts'

const maxSizeBytes = 1 << 30

export interface Store {
  /** Copies a file or folder in; the same content is there once. @throws Problem invalid-input */
  importPath(path: string): Promise<{ digest: string; sizeBytes: number }>
  /** Folder of an artifact, or undefined. */
  folderOf(digest: string): Promise<string | undefined>
}

export function openStore(home: string): Store {
  const root = join(home, 'artifacts')
  const placeOf = (digest: string) => join(root, digest.replace(':', '-'))
  return {
    async importPath(path) {
      if (!isAbsolute(path)) throw new Problem('invalid-input', `'${path}' is not an absolute path`)
      const from = await stat(path).catch(() => {
        throw new Problem('invalid-input', `there is no artifact at ${path}`)
      })
      await mkdir(root, { recursive: true, mode: 0o700 })
      const copy = await mkdtemp(join(root, '.import-'))
      try {
        // Copied first, digested from the copy: what changes meanwhile cannot make the two differ.
        await cp(path, from.isDirectory() ? copy : join(copy, basename(path)), { recursive: true, verbatimSymlinks: true })
        const { digest, sizeBytes } = await digestOf(copy)
        if (await exists(placeOf(digest))) return { digest, sizeBytes }
        await chmod(copy, 0o755)
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

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Digest over names, kinds, executable bits and contents in order of name: not over times or owners. */
async function digestOf(folder: string): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const walk = async (path: string): Promise<void> => {
    for (const name of (await readdir(path)).toSorted()) {
      const full = join(path, name)
      const info = await lstat(full)
      const label = relative(folder, full)
      if (info.isSymbolicLink()) {
        hash.update(`link ${label}\0${await innerLink(folder, full)}\0`)
      } else if (info.isDirectory()) {
        hash.update(`folder ${label}\0`)
        await walk(full)
      } else if (info.isFile()) {
        sizeBytes += info.size
        if (sizeBytes > maxSizeBytes) throw new Problem('invalid-input', `the artifact is larger than ${maxSizeBytes >> 20} MiB`)
        hash.update(`file ${label}\0${info.mode & 0o100 ? 'x' : '-'}${info.size}\0`).update(await readFile(full))
      } else {
        throw new Problem('invalid-input', `${label} is neither file, folder nor link`)
      }
    }
  }
  await walk(folder)
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes }
}

/** A link out of the artifact would run what nobody digested. */
async function innerLink(folder: string, link: string): Promise<string> {
  const to = await readlink(link)
  const target = resolve(dirname(link), to)
  if (isAbsolute(to) || relative(folder, target).startsWith('..'))
    throw new Problem('invalid-input', `${relative(folder, link)} links out of the artifact`)
  return to
}
