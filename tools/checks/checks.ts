/** Every check of the repository, one row each. */
import { bannedWords } from './banned-words.ts'
import type { Check } from './check.ts'
import { createToolCheck } from './check.ts'
import { checkEnvironment } from './check-environment.ts'
import { checkHints } from './check-hints.ts'
import { checkImports } from './check-imports.ts'
import { checkPages } from './check-pages.ts'
import { checkShares } from './check-shares.ts'
import { checkTimers } from './check-timers.ts'
import { checkWords } from './check-words.ts'
import { findCopies } from './find-copies.ts'
import type { Finding } from './judge-imports.ts'
import { listDocuments, listSources } from './list-sources.ts'

function createSourceCheck(
  name: string,
  promise: string,
  find: (root: string, files: readonly string[]) => Promise<Finding[]>,
): Check {
  return {
    name,
    promise,
    async run(root) {
      const findings = await find(root, listSources(root))
      return {
        ok: findings.length === 0,
        output: findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'),
      }
    },
  }
}

const oneProtobufjs: Check = {
  name: 'protobufjs',
  promise: 'one copy, locked and installed',
  async run(root) {
    const lockfiles = ['package-lock.json', 'node_modules/.package-lock.json']
    const copies = await Promise.all(lockfiles.map((lockfile) => findCopies(root, lockfile, 'protobufjs')))
    const ok = copies.every(({ length }) => length === 1)
    return { ok, output: ok ? '' : lockfiles.map((lockfile, i) => `${lockfile}: ${copies[i]?.join(', ') || 'none'}`).join('\n') }
  },
}

/** Slow checks come first, because two run at a time. */
export const checks: readonly Check[] = [
  createToolCheck('types', 'TypeScript agrees', 'tsc', '-p', '.', '--pretty', 'false'),
  createToolCheck('lint', 'oxlint agrees, with types', 'oxlint', '--type-aware'),
  createToolCheck('dead code', 'nothing is unused or unlisted', 'knip', '--no-progress'),
  createToolCheck('format', 'Biome would change nothing', 'biome', 'format', '--colors=off', '.'),
  createSourceCheck('imports', 'the import table holds, no cycles, names are kebab-case', checkImports),
  createSourceCheck('timers', 'no declared duration is longer than its timer', checkTimers),
  createSourceCheck('hints', 'no rule and no adapter says how people reach it', checkHints),
  createSourceCheck('words', 'no name, no path and no document contains a banned word', (root, files) =>
    checkWords(root, [...files, ...listDocuments(root)], bannedWords),
  ),
  createSourceCheck('pages', 'large rooms have a page; pages and walks name files that exist', checkPages),
  createSourceCheck('shares', 'no room has more than a fifth of the code', checkShares),
  createSourceCheck('environment', 'every variable that is read is a row of the settings', checkEnvironment),
  oneProtobufjs,
]
