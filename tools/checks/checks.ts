/** Every check of the repository: one row each. */
import type { Check } from './check.ts'
import { createToolCheck } from './check.ts'
import { checkImports } from './check-imports.ts'
import { checkTimers } from './check-timers.ts'
import { findCopies } from './find-copies.ts'
import { listSources } from './list-sources.ts'

const imports: Check = {
  name: 'imports',
  promise: 'the import table holds, no cycles, names are kebab-case',
  async run(root) {
    const findings = await checkImports(root, listSources(root))
    return {
      ok: findings.length === 0,
      output: findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'),
    }
  },
}

const timers: Check = {
  name: 'timers',
  promise: 'no declared duration is longer than its timer',
  async run(root) {
    const findings = await checkTimers(root, listSources(root))
    return {
      ok: findings.length === 0,
      output: findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'),
    }
  },
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

/** The slow ones first: two run at a time. */
export const checks: readonly Check[] = [
  createToolCheck('types', 'TypeScript agrees', 'tsc', '-p', '.', '--pretty', 'false'),
  createToolCheck('lint', 'oxlint agrees, with types', 'oxlint', '--type-aware'),
  createToolCheck('dead code', 'nothing is unused or unlisted', 'knip', '--no-progress'),
  createToolCheck('format', 'Biome would change nothing', 'biome', 'format', '--colors=off', '.'),
  imports,
  timers,
  oneProtobufjs,
]
