/**
 * What is built or downloaded appears whole: it is made under the name of a draft and renamed at its end. A draft carries the number and the
 * start time of the process that makes it, and what tells these apart on machines and in containers that share the folder. A kill leaves the
 * draft behind, and the next process that makes one removes it.
 */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pidSpace, startTime } from '../adapters/process/process-table.ts'

/** Begins the names of this process's drafts of `path`. */
export const draftOf = (path: string): string => `${path}.draft-${pidSpace()}-${process.pid}-${startTime(process.pid)}-`

/** Nothing takes this long to make: such a maker is stuck, or gone where nobody here can see it. */
const longestMs = 24 * 3_600_000

/**
 * Removes drafts beside `path` whose maker is gone, and old ones. Whether a maker in another container or on another machine is gone cannot
 * be seen from here, so only the age of its drafts decides. One that cannot be removed, such as another user's, stays.
 * @param of begins the names of the files that are made there
 */
export function removeLeftDrafts(path: string, of = basename(path)): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(of) || !/\.draft-/.test(name)) continue
    try {
      if (isMakerGone(name) || isOld(join(folder, name))) rmSync(join(folder, name), { recursive: true, force: true })
    } catch {
      // It takes space and does no harm, so its maker need not fail.
    }
  }
}

/** False where nobody here knows. */
function isMakerGone(draft: string): boolean {
  const [, space, pid, startedAt] = /\.draft-([\da-f]{8})-(\d+)-(\d+)-/.exec(draft) ?? []
  return space === pidSpace() && startTime(Number(pid)) !== startedAt
}

/**
 * Puts the folder `draft` at `into`. What is there was found broken, so it is moved aside first, which takes no time however large it is.
 * Where another maker has put its own there meanwhile, that one stays: both made the same.
 */
export function putFolder(draft: string, into: string): void {
  const aside = `${draft}.before`
  renamed(into, aside, ['ENOENT'])
  try {
    renamed(draft, into, ['ENOTEMPTY', 'EEXIST'])
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/** @param but codes of failures that count as done */
function renamed(from: string, to: string, but: readonly string[]): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!but.includes(String((error as NodeJS.ErrnoException).code))) throw error
  }
}

const isOld = (path: string): boolean => {
  const made = statSync(path, { throwIfNoEntry: false })
  return made !== undefined && Date.now() - made.mtimeMs > longestMs
}
