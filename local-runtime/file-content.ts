/**
 * Reads files up to the size that was listed. A file that shrinks, grows or vanishes meanwhile is an error, so no read continues for ever.
 * Synchronous on purpose: it runs in a process of its own, which is killed when it takes too long.
 */
import { closeSync, constants, copyFileSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { Problem } from '../domain/problem.ts'
import type { Entry, Take } from './artifact.ts'

const piece = Buffer.allocUnsafe(1 << 20)

/** @throws Problem invalid-input when the file no longer has the listed size */
export function readContent({ path, label, sizeBytes }: Entry, take: Take): void {
  // A pipe that replaced the file would block the read, and a link would lead elsewhere.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) throw changed(label)
    let read = 0
    for (;;) {
      const length = readSync(file, piece, 0, piece.length, null)
      if (length === 0) break
      read += length
      if (read > sizeBytes) throw changed(label)
      take(piece.subarray(0, length))
    }
    if (read < sizeBytes) throw changed(label)
  } finally {
    closeSync(file)
  }
}

const changed = (label: string): Problem =>
  new Problem('invalid-input', `${label} changed while it was read`, {
    hint: 'release a finished build, not one that is still being written; files of /proc and /sys cannot be released, because they have no size',
  })

/** Copies the file as it reads it. @param mode of the copy */
export function copyContent(entry: Entry, to: string, mode: number, take: Take): void {
  const copy = openSync(to, 'wx', mode)
  try {
    readContent(entry, (bytes) => {
      for (let written = 0; written < bytes.length; ) written += writeSync(copy, bytes, written)
      take(bytes)
    })
  } finally {
    closeSync(copy)
  }
}

/** Makes a copy that shares the file's blocks until one of the two is written to. False, and no copy, where the file system cannot. */
export function shareBlocks(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    return false
  }
}
