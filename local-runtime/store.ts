/**
 * Stores artifacts by their digest. A stored artifact is never run or changed: each process gets a copy of its own.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactContents } from '../adapters/local-runtime/protocol.ts'
import type { User } from '../adapters/process/users.ts'
import { Problem } from '../domain/problem.ts'
import { storedAt } from './artifact-jobs.ts'
import { createArtifactProcesses } from './artifact-processes.ts'
import type { Limits } from './contents.ts'

/** The folder of one process. */
export interface WorkingCopy {
  readonly folder: string
  /** The user that owns the folder and runs the process; null: the runtime's own user. */
  readonly user: User | null
  remove(): Promise<void>
}

export interface Store {
  /**
   * Imports a file or folder. The same content is stored once, and a damaged artifact is repaired. The import ends when `signal` aborts.
   * @throws Problem invalid-input for what cannot be an artifact, target-unavailable
   */
  importPath(path: string, signal?: AbortSignal): Promise<{ digest: string; contents: ArtifactContents }>
  /** The answer that an import would give, without storing anything. @throws as `importPath` */
  digestOf(path: string, signal?: AbortSignal): Promise<{ digest: string; contents: ArtifactContents }>
  /** The contents that it would have, by names and sizes alone. @throws as `importPath` */
  inspect(path: string, signal?: AbortSignal): Promise<ArtifactContents>
  has(digest: string): Promise<boolean>
  /**
   * A writable copy of the artifact, verified as it is made. @param name of the copy's folder @param user that runs in it
   * @throws Problem target-unavailable when the stored artifact is missing or damaged
   */
  copyOut(digest: string, name: string, user: User | null): Promise<WorkingCopy>
  /** Removes artifacts that are not needed, by age and size. @param keep digests that are needed @returns the removed digests */
  prune(keep: readonly string[], limits: { readonly ageMs: number; readonly spaceBytes: number }): Promise<readonly string[]>
  close(): void
}

export const defaultLimits: Limits = { maxSizeBytes: 1 << 30, maxEntries: 200_000 }

/** Below the time the API's own client waits. */
const importMs = 110_000
const [draftPrefix, wastePrefix] = ['.import-', '.waste-']

/**
 * @param warn tells the operator about a fault that the store survives
 * @param around the folder of working copies: `home`, or a folder that other users may enter, where processes run as other users
 */
export function openStore(
  home: string,
  limits: Limits = defaultLimits,
  warn: (message: string) => void = () => {},
  around = home,
): Store {
  const root = join(home, 'artifacts')
  const copies = join(around, 'working')
  const processes = createArtifactProcesses()
  clearLeft(root, [...new Set([home, around])], (paths) => void processes.run({ kind: 'remove', paths }).catch(() => {}))
  mkdirSync(copies, { mode: 0o700 })
  // A process may enter its own copy, whose name it knows, but cannot list the others.
  if (around !== home) for (const folder of [around, copies]) chmodSync(folder, 0o711)
  // Node searches the folders above a script for a package.json, which decides the kind of its modules. Without this file, an artifact that
  // has none would get the one of a folder above the store.
  writeFileSync(join(around, 'package.json'), '{}\n')
  chmodSync(join(around, 'package.json'), 0o644)
  const remove = (paths: readonly string[]) =>
    processes.run({ kind: 'remove', paths }).then(
      () => {},
      () => warn(`${paths.join(', ')} could not be removed yet`),
    )
  return {
    async importPath(path, signal) {
      const drafts = mkdtempSync(join(root, draftPrefix))
      try {
        const job = { kind: 'import', path, home, limits, draft: join(drafts, 'draft'), root } as const
        return await processes.run(job, { withinMs: importMs, ...(signal ? { signal } : {}) })
      } finally {
        await rm(drafts, { recursive: true, force: true })
      }
    },
    digestOf: (path, signal) =>
      processes.run({ kind: 'digest', path, home, limits }, { withinMs: importMs, ...(signal ? { signal } : {}) }),
    async inspect(path, signal) {
      return (await processes.run({ kind: 'inspect', path, home, limits }, { withinMs: importMs, ...(signal ? { signal } : {}) }))
        .contents
    },
    async has(digest) {
      if (!isDigest(digest) || !(await isThere(storedAt(root, digest)))) return false
      // Marks it as used, so that pruning does not take it for the longest unused one.
      await utimes(storedAt(root, digest), new Date(), new Date()).catch(() => {})
      return true
    },
    async copyOut(digest, name, user) {
      const from = storedAt(root, digest)
      if (!isDigest(digest) || !(await isThere(from)))
        throw new Problem('target-unavailable', `artifact ${digest.slice(0, 19)} is not in the store`, {
          hint: 'release it again by its path',
        })
      const folder = join(copies, name)
      try {
        await processes.run({ kind: 'copy', from, digest, to: folder, owner: user })
      } catch (error) {
        await remove([folder])
        throw error
      }
      return { folder, user, remove: () => remove([folder]) }
    },
    prune: async (keep, { ageMs, spaceBytes }) =>
      (await processes.run({ kind: 'prune', root, keep, ageMs, spaceBytes, wastePrefix: draftPrefix })).removed ?? [],
    close: processes.close,
  }
}

const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text)

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Clears what a kill left: unfinished imports, and working copies of ended processes. Renames them at once; `remove` runs in parallel. */
function clearLeft(root: string, around: readonly string[], remove: (paths: readonly string[]) => void): void {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const left = readdirSync(root)
    .filter((name) => name.startsWith(draftPrefix))
    .map((name) => join(root, name))
  for (const folder of around) {
    const copies = join(folder, 'working')
    if (existsSync(copies)) renameSync(copies, join(folder, `${wastePrefix}${Date.now().toString(36)}`))
    const waste = readdirSync(folder).filter((name) => name.startsWith(wastePrefix))
    left.push(...waste.map((name) => join(folder, name)))
  }
  if (left.length > 0) remove(left)
}
