/** Every check of `npm run check` refuses a tree with one fault of its kind, so no check is useless. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { checks } from '../../../tools/checks/checks.ts'

const root = join(import.meta.dirname, '../../..')

interface Fault {
  readonly file: string
  readonly text: string
  /** The message that the check must print. */
  readonly said: RegExp
}

/** By the check's name. */
const faults: Readonly<Record<string, Fault>> = {
  types: {
    file: 'domain/planted-type.ts',
    text: "export const wrong: number = 'text'\n",
    said: /planted-type\.ts\(1,14\): error TS2322/,
  },
  // Only a linter with type information finds it.
  lint: {
    file: 'api/planted-promise.ts',
    text: 'async function later(): Promise<void> {}\nlater()\n',
    said: /no-floating-promises[\s\S]*planted-promise\.ts:2/,
  },
  'dead code': {
    file: 'domain/planted-unused.ts',
    text: 'export const unused = 1\n',
    said: /^domain\/planted-unused\.ts/m,
  },
  format: { file: 'domain/planted-format.ts', text: 'export const  a = 1;\n', said: /planted-format\.ts/ },
  imports: {
    file: 'domain/planted-arrow.ts',
    text: "import '../api/app.ts'\n",
    said: /^domain\/planted-arrow\.ts:1: domain may not import api$/m,
  },
  timers: {
    file: 'adapters/planted-timer.ts',
    text: 'export const wait = (ms: number, then: () => void) => setTimeout(then, ms)\n',
    said: /^adapters\/planted-timer\.ts:1: a duration from outside/m,
  },
  hints: {
    file: 'adapters/planted-hint.ts',
    text: 'export const hint = "\'holdfast login\' stores a key"\n',
    said: /^adapters\/planted-hint\.ts:1: a string names a command/m,
  },
  words: {
    file: 'domain/planted-word.ts',
    text: 'export const productKind = 1\n',
    said: /^domain\/planted-word\.ts:1: "product" is a word that was dropped: use provider$/m,
  },
  pages: {
    file: 'domain/analysis/README.md',
    text: 'A look is `look.ts` `glance`.\n',
    said: /^domain\/analysis\/README\.md:1: domain\/analysis\/look\.ts has no glance$/m,
  },
  shares: {
    file: 'domain/planted-room.ts',
    text: '// planted\n'.repeat(20_000),
    said: /^ARCHITECTURE\.md:1: domain has \d+\.\d % of the code that ships, more than 20 %/m,
  },
  environment: {
    file: 'ops/planted-variable.ts',
    text: "export const planted = (env: NodeJS.ProcessEnv) => env['HOLDFAST_PLANTED']\n",
    said: /^ops\/planted-variable\.ts:1: a variable is taken from the environment: adapters\/settings\.ts/m,
  },
  protobufjs: {
    file: 'package-lock.json',
    text: '{ "packages": { "node_modules/protobufjs": {}, "node_modules/a/node_modules/protobufjs": {} } }',
    said: /^package-lock\.json: .*node_modules\/a\/node_modules\/protobufjs/m,
  },
}

describe('npm run check', function () {
  this.timeout(120_000)

  it('has no check that cannot fail', async () => {
    await using copy = await mkdtempDisposable(join(tmpdir(), 'holdfast-checks-'))
    await copyTree(copy.path)
    for (const { file, text } of Object.values(faults)) await writeFile(join(copy.path, file), text)
    expect(checks.map(({ name }) => name)).to.have.members(Object.keys(faults))
    for (const check of checks) {
      const { ok, output } = await check.run(copy.path)
      expect(ok, check.name).to.equal(false)
      // In CI, tools print colours.
      expect(stripVTControlCharacters(output), check.name).to.match(faults[check.name]?.said ?? /^never$/)
    }
  })
})

/** Copies the sources into their own repository, because checks list the files that Git sees. */
async function copyTree(folder: string): Promise<void> {
  const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', git, { cwd: root, encoding: 'utf8' }).split('\0')
  const recorded = /^test\/histories\/.*\.json$/
  for (const file of files.filter((name) => name !== '' && !recorded.test(name) && existsSync(join(root, name))))
    await cp(join(root, file), join(folder, file))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  execFileSync('git', ['init', '-q'], { cwd: folder })
}
