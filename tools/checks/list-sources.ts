/** The source files of the tree: those that Git tracks or would track, without the bad examples. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Paths from `root`, sorted. @throws Error outside a Git work tree */
export const listSources = (root: string): string[] => listed(root, /\.(tsx?|mjs)$/)

/** The documents beside them. @throws Error outside a Git work tree */
export const listDocuments = (root: string): string[] => listed(root, /\.md$/)

function listed(root: string, names: RegExp): string[] {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (git.status !== 0) throw new Error(`the files of ${root} cannot be listed: ${git.error?.message ?? git.stderr.trim()}`)
  return git.stdout
    .split('\0')
    .filter((file) => names.test(file) && !file.startsWith('test/tools/checks/bad/') && existsSync(join(root, file)))
    .sort()
}
