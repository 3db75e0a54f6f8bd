/** The runner of checks, and checks that are not about imports. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createToolCheck } from '../../../tools/checks/check.ts'
import { findCopies } from '../../../tools/checks/find-copies.ts'
import { runChecks } from '../../../tools/checks/run-checks.ts'

const root = join(import.meta.dirname, '../../..')

describe('a check', () => {
  it('prints one line with its time, and its output only when it fails; the runner continues after a failure or a bug', async () => {
    const lines: string[] = []
    const checks = [
      { name: 'good', promise: 'is good', run: async () => ({ ok: true, output: '' }) },
      { name: 'bad', promise: 'is bad', run: async () => ({ ok: false, output: 'a.ts:1: wrong' }) },
      { name: 'broken', promise: 'breaks', run: () => Promise.reject(new Error('boom')) },
    ]
    expect(await runChecks(root, checks, (line) => lines.push(line))).to.equal(2)
    expect(lines.filter((line) => /^(ok|FAILED) .*\d\.\d s/.test(line))).to.have.length(3)
    expect(lines).to.include.members(['        a.ts:1: wrong', '        boom'])
  })

  it('fails with the output of its tool, and when its tool is missing', async () => {
    const wrongType = await createToolCheck('types', '', 'tsc', '--noSuchOption').run(root)
    expect(wrongType.ok).to.equal(false)
    expect(wrongType.output).to.include('noSuchOption')
    expect((await createToolCheck('gone', '', 'no-such-tool').run(root)).output).to.include('ENOENT')
  })

  it('finds a second copy of a package', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-copies-'))
    const packages = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b/node_modules/a': { version: '2.0.0' },
      'node_modules/ba': {},
    }
    await writeFile(join(folder.path, 'lock.json'), JSON.stringify({ packages }))
    expect(await findCopies(folder.path, 'lock.json', 'a')).to.deep.equal([
      'node_modules/a@1.0.0',
      'node_modules/b/node_modules/a@2.0.0',
    ])
  })
})
