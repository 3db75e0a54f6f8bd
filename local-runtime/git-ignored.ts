/**
 * Which files Git ignores. They are part of an artifact all the same (`node_modules`, `dist`). The answer counts them, because some get in
 * by accident.
 */
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Ignore } from 'ignore'
import type { Entry } from './artifact.ts'
import { patterns, readIfThere } from './left-out.ts'

interface Rules {
  /** The folder of the `.gitignore`. */
  readonly folder: string
  readonly rules: Ignore
}

/** The rules of all folders around an entry, the innermost last. The innermost rule that matches wins. */
export type GitRules = readonly Rules[]

/**
 * The rules of a folder and of those above it, up to the one with `.git`. This does not run Git, because Git runs commands that the
 * folder's configuration names.
 */
export function gitRulesOf(root: string): GitRules {
  const folders = [root]
  for (let folder = root; !existsSync(join(folder, '.git')); ) {
    const above = dirname(folder)
    if (above === folder) return rulesIn(root)
    folders.unshift((folder = above))
  }
  return folders.flatMap(rulesIn)
}

export function rulesIn(folder: string): GitRules {
  const text = readIfThere(join(folder, '.gitignore'))
  return text === null ? [] : [{ folder, rules: patterns(text) }]
}

export function isGitIgnored({ path, kind }: Entry, around: GitRules): boolean {
  for (const { folder, rules } of around.toReversed()) {
    const { ignored, unignored } = rules.test(`${relative(folder, path)}${kind === 'folder' ? '/' : ''}`)
    if (ignored || unignored) return ignored
  }
  return false
}
