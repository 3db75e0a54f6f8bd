/** What tells a program from another one of its name. */
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { outputOf } from '../../../ops/components/component.ts'
import { startsBeside } from '../../../ops/components/nft.ts'

describe('the fetched nftables', () => {
  it('start from any folder, whatever its name has, with the libraries beside them', async () => {
    await using scratch = await mkdtempDisposable(join(tmpdir(), 'holdfast-output-'))
    const folder = join(scratch.path, `it's "$(touch here)" `)
    await mkdir(join(folder, 'root/usr/sbin'), { recursive: true })
    await writeFile(join(folder, 'root/usr/sbin/nft'), '#!/bin/sh\necho "nftables v1.0 $1 $LD_LIBRARY_PATH"\n', { mode: 0o700 })
    await writeFile(join(folder, 'nft'), startsBeside, { mode: 0o700 })
    expect(await outputOf(join(folder, 'nft'), ['--version'])).to.equal(`nftables v1.0 --version ${folder}/libraries\n`)
  })
})

describe('a program that does not answer in time', () => {
  it('is an error that names it, because it may be the right one; one that fails or is not there is another one', async () => {
    await using scratch = await mkdtempDisposable(join(tmpdir(), 'holdfast-output-'))
    const [slow, failing] = ['slow', 'failing'].map((name) => join(scratch.path, name)) as [string, string]
    await writeFile(slow, '#!/bin/sh\ntrap "" TERM\nexec sleep 600\n', { mode: 0o700 })
    await writeFile(failing, '#!/bin/sh\nexit 1\n', { mode: 0o700 })
    const error = await outputOf(slow, ['--version'], { withinMs: 100 }).catch((failure: unknown) => failure)
    expect(isProblem(error, 'component-missing') && error.message).to.equal(`'${slow} --version' has not ended within 0.1 s`)
    expect(error)
      .to.have.property('hint')
      .that.matches(/too busy, so try again later; or the program is stuck/)
    for (const other of [failing, join(scratch.path, 'absent')]) expect(await outputOf(other, ['--version'])).to.equal('')
  })
})
