/** Which entries of a path become the artifact. They are listed, filtered, counted and checked against limits before any byte is read. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, isAbsolute, join, relative } from 'node:path'
import type { ArtifactContents } from '../adapters/local-runtime/protocol.ts'
import { Problem } from '../domain/problem.ts'
import type { Entry } from './artifact.ts'
import { entryAt, namesIn } from './artifact.ts'
import type { GitRules } from './git-ignored.ts'
import { gitRulesOf, isGitIgnored, rulesIn } from './git-ignored.ts'
import type { LeftOut } from './left-out.ts'
import { leftOutOf } from './left-out.ts'

export interface Limits {
  readonly maxSizeBytes: number
  readonly maxEntries: number
}

export interface Contents {
  readonly entries: readonly Entry[]
  readonly summary: ArtifactContents
}

/** All left-out entries are counted; this many are named. */
const namedLeftOut = 100

/**
 * @param path a file, a folder, or a link to one
 * @param home the folder of the store, which is never part of an artifact
 * @throws Problem invalid-input
 */
export function contentsOf(path: string, home: string, limits: Limits): Contents {
  if (!isAbsolute(path)) throw new Problem('invalid-input', `'${path}' is not an absolute path`)
  const root = realpathSync(path)
  refuseStore(root, realpathSync(home))
  const own = entryAt(root, '')
  const walk = createWalk(realpathSync(home), limits, own.kind === 'folder' ? leftOutOf(root) : () => null)
  if (own.kind === 'folder') walk.into(own, gitRulesOf(root), false)
  else walk.take(entryAt(root, basename(path)), false)
  for (const entry of walk.entries) if (entry.kind === 'link') refuseOuterLink(root, entry, walk.labels)
  return { entries: walk.entries, summary: walk.summary() }
}

function refuseStore(root: string, home: string): void {
  const from = relative(home, root)
  if (from !== '' && (from === '..' || from.startsWith('../'))) return
  throw new Problem('invalid-input', `${root} lies in Holdfast's own store`, { hint: 'release the folder of a build' })
}

function createWalk(home: string, { maxSizeBytes, maxEntries }: Limits, leftOut: LeftOut) {
  const entries: Entry[] = []
  const labels = new Set<string>()
  const left: ArtifactContents['leftOut'][number][] = []
  let [leftOutCount, files, sizeBytes] = [0, 0, 0]
  const ignored = { files: 0, sizeBytes: 0 }
  const take = (entry: Entry, isIgnored: boolean) => {
    entries.push(entry)
    labels.add(entry.label)
    if (entry.kind === 'file') files += 1
    sizeBytes += entry.sizeBytes
    if (isIgnored && entry.kind === 'file') {
      ignored.files += 1
      ignored.sizeBytes += entry.sizeBytes
    }
    const hint = 'leave out what it does not need to run by lines in .holdfastignore, or raise HOLDFAST_ARTIFACT_LIMIT'
    if (sizeBytes > maxSizeBytes)
      throw new Problem('invalid-input', `the artifact is larger than ${Math.floor(maxSizeBytes / 2 ** 20)} MiB`, { hint })
    if (entries.length > maxEntries)
      throw new Problem('invalid-input', `the artifact has more than ${maxEntries} files and folders`, { hint })
  }
  const into = (folder: Entry, around: GitRules, isIgnored: boolean) => {
    for (const name of namesIn(folder.path, folder.label)) {
      const entry = entryAt(join(folder.path, name), folder.label ? `${folder.label}/${name}` : name)
      const why = leftOut(entry)
      if (why !== null) {
        leftOutCount += 1
        if (left.length < namedLeftOut) left.push({ path: entry.kind === 'folder' ? `${entry.label}/` : entry.label, why })
        continue
      }
      if (entry.path === home)
        throw new Problem('invalid-input', `Holdfast's own store lies in the artifact, at ${entry.label}`, {
          hint: `add '/${entry.label}' to .holdfastignore, or set HOLDFAST_HOME to a folder elsewhere`,
        })
      const isIgnoredToo = isIgnored || isGitIgnored(entry, around)
      take(entry, isIgnoredToo)
      if (entry.kind === 'folder') into(entry, [...around, ...rulesIn(entry.path)], isIgnoredToo)
    }
  }
  const summary = (): ArtifactContents => ({ files, sizeBytes, leftOut: left, leftOutCount, gitIgnored: ignored })
  return { entries, labels, take, into, summary }
}

/**
 * Refuses a link out of the artifact, because the service would run content that the digest does not cover. Each step is checked, so a link
 * that leaves the artifact and returns is refused too.
 */
function refuseOuterLink(root: string, { label }: Entry, labels: ReadonlySet<string>): void {
  const end = endOf(root, label.split('/'), { linksLeft: mostLinks })
  if (typeof end === 'string') throw new Problem('invalid-input', `${label} ${end}`)
  const inside = end.join('/')
  if (inside !== '' && !labels.has(inside))
    throw new Problem('invalid-input', `${label} links to ${inside}, which is left out of the artifact`)
}

/** The kernel's limit, over all links of a path however nested. Forty links that each name two others would have 2^40 paths. */
const mostLinks = 40

/** Where a path within the artifact leads, or what is wrong with it. */
function endOf(
  root: string,
  steps: readonly string[],
  budget: { linksLeft: number },
  from: readonly string[] = [],
): readonly string[] | string {
  let at = [...from]
  for (const step of steps) {
    if (step === '..' && at.length === 0) return 'links out of the artifact'
    if (step === '..') at.pop()
    if (step === '' || step === '.' || step === '..') continue
    const found = lstatSync(join(root, ...at, step), { throwIfNoEntry: false })
    if (!found || (found.isSymbolicLink() && budget.linksLeft === 0)) return 'links to nothing in the artifact'
    if (!found.isSymbolicLink()) at.push(step)
    else {
      const to = readlinkSync(join(root, ...at, step))
      if (isAbsolute(to)) return 'links out of the artifact'
      budget.linksLeft -= 1
      const end = endOf(root, to.split('/'), budget, at)
      if (typeof end === 'string') return end
      at = [...end]
    }
  }
  return at
}
