/**
 * What is built or downloaded appears whole: it is made under the name of a draft and renamed at its end. A draft carries the number of the
 * process that makes it. A kill leaves the draft behind, and the next process that makes one removes it.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Begins the names of this process's drafts of `path`. */
export const draftOf = (path: string): string => `${path}.draft-${process.pid}-`

/** A process number may be in use again: nothing takes this long to make. */
const longestMs = 24 * 3_600_000

/** Removes drafts beside `path` whose maker is gone. @param of begins the names of the files that are made there */
export function removeLeftDrafts(path: string, of = basename(path)): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    const [, pid] = name.startsWith(of) ? (/\.draft-(\d+)-/.exec(name) ?? []) : []
    if (pid !== undefined && (!isAlive(Number(pid)) || isOld(join(folder, name))))
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isOld = (path: string): boolean => {
  const made = statSync(path, { throwIfNoEntry: false })
  return made !== undefined && Date.now() - made.mtimeMs > longestMs
}
