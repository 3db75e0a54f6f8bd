/** Jobs on artifacts, run in a process of their own: inspect, import, copy, remove. A job fails when a file changes after it was listed. */
import { chmodSync, existsSync, lchownSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactContents } from '../adapters/local-runtime/protocol.ts'
import type { User } from '../adapters/process/users.ts'
import { Problem } from '../domain/problem.ts'
import type { Entry, Take } from './artifact.ts'
import { digestOf, entriesOf } from './artifact.ts'
import type { Limits } from './contents.ts'
import { contentsOf } from './contents.ts'
import { copyContent, readContent, shareBlocks } from './file-content.ts'
import type { PruneJob } from './prune-artifacts.ts'
import { pruneArtifacts } from './prune-artifacts.ts'
import { removeTree } from './remove-tree.ts'

export type ArtifactJob =
  /** Counts files and bytes. */
  | { readonly kind: 'inspect'; readonly path: string; readonly home: string; readonly limits: Limits }
  /** Reads everything and keeps nothing. */
  | { readonly kind: 'digest'; readonly path: string; readonly home: string; readonly limits: Limits }
  /** Copies to `draft`, then moves it into `root`. A damaged artifact there is replaced. */
  | {
      readonly kind: 'import'
      readonly path: string
      readonly home: string
      readonly limits: Limits
      readonly draft: string
      readonly root: string
    }
  /** Makes a working copy that only its owner may enter and write to. @param owner null: the user of this process */
  | {
      readonly kind: 'copy'
      readonly from: string
      readonly digest: string
      readonly to: string
      readonly owner: User | null
    }
  | { readonly kind: 'remove'; readonly paths: readonly string[] }
  | PruneJob

export interface JobAnswer {
  /** Empty for a job that reads no content. */
  readonly digest: string
  readonly contents: ArtifactContents
  /** Digests of what was pruned. */
  readonly removed?: readonly string[]
}

/** @throws Problem invalid-input, target-unavailable */
export function doJob(job: ArtifactJob): JobAnswer {
  switch (job.kind) {
    case 'inspect':
      return { digest: '', contents: contentsOf(job.path, job.home, job.limits).summary }
    case 'digest': {
      const { entries, summary } = contentsOf(job.path, job.home, job.limits)
      return { digest: digestOf(entries, { file: readContent }), contents: summary }
    }
    case 'import':
      return importArtifact(job)
    case 'copy':
      copyOut(job)
      return nothing
    case 'remove':
      for (const path of job.paths) removeTree(path)
      return nothing
    case 'prune':
      return { ...nothing, removed: pruneArtifacts(job) }
    default:
      return job satisfies never
  }
}

const nothing: JobAnswer = {
  digest: '',
  contents: { files: 0, sizeBytes: 0, leftOut: [], leftOutCount: 0, gitIgnored: { files: 0, sizeBytes: 0 } },
}

export const storedAt = (root: string, digest: string): string => join(root, digest.replace(':', '-'))

function importArtifact({ path, home, limits, draft, root }: Extract<ArtifactJob, { kind: 'import' }>): JobAnswer {
  const { entries, summary } = contentsOf(path, home, limits)
  // The copy is digested as it is made, so that a change meanwhile cannot make digest and copy differ.
  const digest = copyTree(entries, draft, ({ isExecutable }) => (isExecutable ? 0o555 : 0o444))
  const stored = storedAt(root, digest)
  if (existsSync(stored) && !isWhole(stored, digest)) {
    // A copy in progress from the damaged artifact gets another digest than it asked for, and fails.
    renameSync(stored, `${draft}.damaged`)
  }
  try {
    renameSync(draft, stored)
  } catch (error) {
    if (!existsSync(stored)) throw error
  }
  const now = new Date()
  utimesSync(stored, now, now)
  return { digest, contents: summary }
}

function isWhole(stored: string, digest: string): boolean {
  try {
    return digestOf(entriesOf(stored), { file: readContent }) === digest
  } catch {
    return false
  }
}

/** Verifies the copy as it is made, so that what runs is what was released, whatever happened to the stored artifact. */
function copyOut({ from, digest, to, owner }: Extract<ArtifactJob, { kind: 'copy' }>): void {
  const found = copied(from, to)
  if (found === digest) return owner ? giveTo(owner, to) : undefined
  rmSync(to, { recursive: true, force: true })
  throw new Problem('target-unavailable', `the stored artifact ${digest.slice(0, 19)} is damaged`, {
    hint: 'release it again by its path, which repairs it',
  })
}

/** Changes the owner of the folder itself last. Until then no other user can enter it and change what is being given away. */
function giveTo({ uid, gid }: User, folder: string): void {
  for (const { path } of entriesOf(folder)) lchownSync(path, uid, gid)
  lchownSync(folder, uid, gid)
}

function copied(from: string, to: string): string | null {
  try {
    return copyTree(entriesOf(from), to, ({ isExecutable }) => (isExecutable ? 0o755 : 0o644))
  } catch (error) {
    if (isOfTheDisk(error)) throw error
    return null
  }
}

/** @returns the digest of what was copied; only the owner of `to` may enter it */
function copyTree(entries: Iterable<Entry>, to: string, modeOf: (file: Entry) => number): string {
  mkdirSync(to, { mode: 0o700 })
  return digestOf(entries, {
    file: (file, take) => copyFile(file, join(to, file.label), modeOf(file), take),
    folder: (folder) => mkdirSync(join(to, folder.label), { mode: 0o755 }),
    link(link) {
      const target = readlinkSync(link.path)
      symlinkSync(target, join(to, link.label))
      return target
    },
  })
}

function copyFile(file: Entry, to: string, mode: number, take: Take): void {
  if (!shareBlocks(file.path, to)) copyContent(file, to, 0o600, take)
  else readContent({ ...file, path: to }, take)
  chmodSync(to, mode)
}

/** The disk, a quota or a size limit is full, or the disk fails. */
export const isOfTheDisk = (error: unknown): error is NodeJS.ErrnoException =>
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'].includes(String((error as NodeJS.ErrnoException).code))
