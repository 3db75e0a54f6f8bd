import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { startChild } from '../../../ops/components/process.ts'
import { keptSocketFolder } from '../../../ops/up/sockets.ts'
import { atEnd } from '../../stack/at-end.ts'

describe('the folder of sockets', () => {
  it('is accessible only for its user, and the same at the next start, even if it was removed', async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hf-sockets-'))
    const folder = kept(home.path)
    expect(lstatSync(folder).mode & 0o777).to.equal(0o700)
    rmSync(folder, { recursive: true })
    expect([kept(home.path), lstatSync(folder).mode & 0o777]).to.deep.equal([folder, 0o700])
  })

  for (const [what, lay] of [
    ['others can write there', (folder: string, _: string) => chmodSync(folder, 0o777)],
    [
      'it is a link to somewhere else',
      (folder: string, home: string) => {
        rmSync(folder, { recursive: true })
        mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
        symlinkSync(join(home, 'elsewhere'), folder)
      },
    ],
  ] as const)
    it(`is refused when ${what}`, async () => {
      await using home = await mkdtempDisposable(join(tmpdir(), 'hf-sockets-'))
      lay(kept(home.path), home.path)
      let refused: unknown
      try {
        keptSocketFolder(home.path)
      } catch (error) {
        refused = error
      }
      expect(isProblem(refused, 'folder-unusable') && refused.hint).to.include(join(home.path, 'sockets.json'))
    })

  it('is found by the runtime that listens there when its record is damaged', async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hf-sockets-'))
    const folder = kept(home.path)
    const child = startChild({
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1000)', '--', '--socket', join(folder, 'runtime.sock')],
      env: {},
      logFile: join(home.path, 'runtime.log'),
      pidFile: join(home.path, 'runtime.pid'),
    })
    writeFileSync(join(home.path, 'sockets.json'), '{"fol')
    expect(kept(home.path)).to.equal(folder)
    expect(readFileSync(join(home.path, 'sockets.json'), 'utf8')).to.include(folder)
    await child.stop(0)
  })
})

function kept(home: string): string {
  const folder = keptSocketFolder(home)
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
