/**
 * Removes a tree that a service may have changed and may still be changing. Root removes nothing in another user's folder, because the
 * owner could swap a folder for a link that leads anywhere. This process takes the owner's identity instead, so it can remove only the
 * owner's own files.
 */
import type { Stats } from 'node:fs'
import { chmodSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export function removeTree(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (process.getuid?.() !== 0 || !found.isDirectory()) return rmSync(path, { recursive: true, force: true })
  // Its parent belongs to root, or to the owner whose identity this process has, so `path` is still the folder that was checked.
  if (found.uid === 0) for (const name of readdirSync(path)) removeTree(join(path, name))
  else asOwner(found, () => emptyFolder(path))
  rmdirSync(path)
}

function asOwner({ uid, gid }: Pick<Stats, 'uid' | 'gid'>, work: () => void): void {
  process.setgroups?.([])
  process.setegid?.(gid)
  process.seteuid?.(uid)
  try {
    work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
}

function emptyFolder(path: string): void {
  const clear = () => {
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true })
  }
  try {
    clear()
  } catch {
    makePassable(path)
    clear()
  }
}

/** Restores the rights of a folder whose owner removed its own. */
function makePassable(folder: string): void {
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makePassable(join(folder, entry.name))
}
