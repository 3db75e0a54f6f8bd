/**
 * Removes a tree that a service may have changed and may still be changing. Root removes nothing in another user's folder: a folder that is
 * swapped for a link meanwhile would lead it anywhere. A process of the folder's owner does it, which can remove only the owner's own
 * files.
 */
import type { Stats } from 'node:fs'
import { chmodSync, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export function removeTree(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (process.getuid?.() !== 0 || !found.isDirectory()) return rmSync(path, { recursive: true, force: true })
  // Its parent is root's, or its owner's in whose name we are: `path` itself is what was looked at.
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

/** A folder whose owner has taken its own rights away. */
function makePassable(folder: string): void {
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makePassable(join(folder, entry.name))
}
