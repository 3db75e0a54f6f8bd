/** The check refuses a large room without a page, a page that names a missing file or function, and a walk that returns to a room unsaid. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkPages } from '../../../tools/checks/check-pages.ts'

const ten = Array.from({ length: 10 }, (_, index) => `api/file-${index}.ts`)
const eleven = [...ten, 'api/main.ts']
const page = { 'api/README.md': '`main.ts` `start` begins.\n', 'api/main.ts': 'export function start() {}\n' }

async function foundIn(files: readonly string[], texts: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-pages-'))
  for (const [file, text] of [...files.map((each) => [each, ''] as const), ...Object.entries(texts)]) {
    await mkdir(join(folder.path, dirname(file)), { recursive: true })
    await writeFile(join(folder.path, file), text)
  }
  return (await checkPages(folder.path, files)).map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

const files = ['api/main.ts', 'api/app.ts', 'adapters/target/local.ts', 'adapters/traffic/local.ts']
const twice = (line: number, room: string): string =>
  `ARCHITECTURE.md:${line}: the walk enters ${room} twice: say 'again:' and why, or take another way`

const walk = (...files: readonly string[]): string => files.map((file, index) => `${index + 1}. \`${file}\` goes on.\n`).join('')

describe('the check of pages', () => {
  it('requires a page only for a room with more than ten files', async () => {
    expect(await foundIn(ten)).to.deep.equal([])
    expect(await foundIn(eleven)).to.deep.equal([
      'api/README.md:1: api has more than 10 files: open it with a page on its design',
    ])
    expect(await foundIn(eleven, page)).to.deep.equal([])
    expect(await foundIn(eleven.map((file) => `test/${file}`))).to.deep.equal([])
  })

  it('counts the files of a room with those of its folders, and each folder of adapters as a room', async () => {
    const inFolders = ['ops/up/a.ts', ...Array.from({ length: 10 }, (_, index) => `ops/components/file-${index}.ts`)]
    expect(await foundIn(inFolders)).to.deep.equal([
      'ops/README.md:1: ops has more than 10 files: open it with a page on its design',
    ])
    expect(await foundIn(inFolders, { 'ops/README.md': 'Operators run this.\n' })).to.deep.equal([])
    expect(await foundIn(inFolders.map((file) => file.replace('ops/', 'adapters/')))).to.deep.equal([])
    const postgres = inFolders.map((file) => file.replace('ops/', 'adapters/postgres/'))
    expect(await foundIn([...postgres, 'adapters/log.ts'])).to.deep.equal([
      'adapters/postgres/README.md:1: adapters/postgres has more than 10 files: open it with a page on its design',
    ])
  })

  it('refuses a page of more than sixty lines', async () => {
    const lines = (count: number) => ({ 'api/README.md': 'one idea\n'.repeat(count) })
    expect(await foundIn(eleven, lines(60))).to.deep.equal([])
    expect(await foundIn(eleven, lines(61))).to.deep.equal(['api/README.md:61: a page has at most 60 lines'])
  })

  it('refuses a missing file and a missing function, also in the page of a small room', async () => {
    const gone = { 'api/README.md': 'It listens in `socket.ts`.\nIt is opened by `main.ts` `begin`, see `domain/act.ts`.\n' }
    expect(await foundIn(['api/main.ts'], gone)).to.deep.equal([
      'api/README.md:1: api/socket.ts does not exist',
      'api/README.md:2: api/main.ts has no begin',
      'api/README.md:2: domain/act.ts does not exist',
    ])
  })

  it('refuses a walk that enters a room twice in one direction', async () => {
    const way = walk('api/main.ts', 'adapters/target/local.ts', 'adapters/traffic/local.ts')
    const back = walk('adapters/traffic/local.ts', 'api/app.ts')
    expect(await foundIn(files, { 'ARCHITECTURE.md': `${way}\nBack:\n\n${back}` })).to.deep.equal([])
    expect(
      await foundIn(files, { 'ARCHITECTURE.md': walk('api/main.ts', 'adapters/target/local.ts', 'api/app.ts') }),
    ).to.deep.equal([twice(3, 'api')])
    // Two entries one after the other are two all the same.
    expect(await foundIn(files, { 'ARCHITECTURE.md': walk('api/main.ts', 'api/app.ts') })).to.deep.equal([twice(2, 'api')])
  })

  it('looks at every file of a step, on all its lines', async () => {
    const inOne = '1. `api/main.ts` calls `adapters/target/local.ts`, then\n   goes to `api/app.ts`.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': inOne })).to.deep.equal([twice(2, 'api')])
    const byFolder = '1. `adapters/target/local.ts` is first.\n2. `api/main.ts` goes through `adapters/target/`.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': byFolder })).to.deep.equal([twice(2, 'adapters/target')])
    const oneRoom = '1. `api/main.ts` and `api/app.ts` are one visit.\n\n`api/app.ts` is beside the list.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': oneRoom })).to.deep.equal([])
  })

  it('accepts a second entry that says `again:`, and refuses the word at a first one', async () => {
    const said = '1. `api/main.ts` asks.\n2. `adapters/target/local.ts` answers.\n3. again: `api/app.ts` asks.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': said })).to.deep.equal([])
    const within = '1. `api/main.ts` asks `adapters/target/local.ts` and again:\n   `api/app.ts`.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': within })).to.deep.equal([])
    const first = '1. `api/main.ts` asks.\n2. again: `adapters/target/local.ts` answers.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': first })).to.deep.equal([
      "ARCHITECTURE.md:2: the walk says 'again:', but has not been in adapters/target",
    ])
  })

  it('lets no room hide in brackets, and no step begin without its file', async () => {
    const pure = '1. `api/main.ts` asks [`domain/queue/turn.ts`,\n   `schema/release.ts`].\n'
    const there = [...files, 'domain/queue/turn.ts', 'schema/release.ts']
    expect(await foundIn(there, { 'ARCHITECTURE.md': pure })).to.deep.equal([])
    const hidden = '1. `api/main.ts` asks [`adapters/target/local.ts`].\n2. Then it waits.\n'
    expect(await foundIn(files, { 'ARCHITECTURE.md': hidden })).to.deep.equal([
      'ARCHITECTURE.md:1: adapters/target/local.ts is part of the way, so it does not stand in brackets',
      'ARCHITECTURE.md:2: a step of a walk begins with the file that it enters by',
    ])
  })
})
