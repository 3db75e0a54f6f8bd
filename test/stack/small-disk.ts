/** A small disk for one test: a real file system, if this machine allows to mount one. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly folder: string
  /** Fills the disk. */
  fill(): void
  /** Frees it again. */
  free(): void
}

/** Null when nothing can be mounted. */
export function mountSmallDisk(size = '1m'): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'hf-disk-'))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return null
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (const bytes of [4_096, 1]) for (;;) if (!takes(file, bytes)) break
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast),
    [Symbol.dispose]() {
      execFileSync('/bin/umount', ['-l', folder])
      rmdirSync(folder)
    },
  }
}

function takes(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) === bytes
  } catch {
    return false
  }
}
