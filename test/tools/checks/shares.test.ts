/** The check refuses a room with more than a fifth of the code that ships. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkShares } from '../../../tools/checks/check-shares.ts'

/** Files by path, with their number of lines. */
type Tree = Readonly<Record<string, number>>

async function foundIn(tree: Tree): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-shares-'))
  for (const [file, lines] of Object.entries(tree)) {
    await mkdir(join(folder.path, dirname(file)), { recursive: true })
    await writeFile(join(folder.path, file), '\n'.repeat(lines))
  }
  return (await checkShares(folder.path, Object.keys(tree))).map(({ file, message }) => `${file}: ${message}`)
}

const four: Tree = { 'activities/a.ts': 100, 'api/a.ts': 100, 'cli/a.ts': 100, 'console/a.tsx': 100 }

describe('the check of shares', () => {
  it('accepts a room with a fifth of the code, and refuses one with a line more', async () => {
    expect(await foundIn({ ...four, 'domain/a.ts': 60, 'domain/plan/b.ts': 40 })).to.deep.equal([])
    expect(await foundIn({ ...four, 'domain/a.ts': 60, 'domain/plan/b.ts': 41 })).to.deep.equal([
      'ARCHITECTURE.md: domain has 20.2 % of the code that ships, more than 20 %: cut it in two',
    ])
  })

  it('counts each folder of adapters as a room, and the files at its top as another', async () => {
    const apart = { 'adapters/a.ts': 60, 'adapters/target/a.ts': 60, 'adapters/postgres/queue/a.ts': 60 }
    expect(await foundIn({ ...four, ...apart })).to.deep.equal([])
    const postgres = { 'adapters/a.ts': 1, 'adapters/postgres/queue/a.ts': 60, 'adapters/postgres/events/a.ts': 60 }
    expect(await foundIn({ ...four, ...postgres })).to.deep.equal([
      'ARCHITECTURE.md: adapters/postgres has 23.0 % of the code that ships, more than 20 %: cut it in two',
    ])
  })

  it('does not count what only developers run', async () => {
    const beside = { 'tools/a.ts': 900, 'test/domain/a.ts': 900, 'loadtests/a.ts': 900, 'a.config.mjs': 900 }
    expect(await foundIn({ ...four, 'domain/a.ts': 100, ...beside })).to.deep.equal([])
    expect(await foundIn({ ...four, 'domain/a.ts': 101, ...beside })).to.have.length(1)
  })
})
