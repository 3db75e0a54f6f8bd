/** Builds with Go: exactly the command at the version, whole or not at all. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import { run } from '../../../ops/components/component.ts'
import { goBuild, goInstall, isBuildOf } from '../../../ops/components/go-install.ts'
import { goModuleFolder } from '../../../ops/components/go-module.ts'
import { leaveOut } from '../../left-out.ts'

const pkg = 'github.com/fzipp/gocyclo/cmd/gocyclo'
const version = '0.6.0'
const sum = 'h1:lsblElZG7d3ALtGMx9fmxeTKZaLLpU8mET09yN4BBLo='

describe('a build with Go', () => {
  before(async function () {
    await run('go', ['version']).catch(() => leaveOut(this, 'Go is not installed'))
  })

  it('is identified afterwards by command and version, not by its name', async function () {
    this.timeout(120_000)
    await using scratch = await createScratch()
    await goInstall({ env: process.env, pkg, version, into: scratch.into, say: () => {} })
    expect(await isBuildOf(scratch.into, pkg, version, process.env)).to.equal(true)
    expect(await isBuildOf(scratch.into, pkg, '0.5.0', process.env)).to.equal(false)
    expect(await isBuildOf(scratch.into, 'github.com/temporalio/cli/cmd/temporal', '1.5.1', process.env)).to.equal(false)
    expect(await readdir(scratch.folder)).to.deep.equal(['tool-0.6.0'])
  })

  it('of a module of our own is known by the module that it was made around', async function () {
    this.timeout(120_000)
    await using scratch = await createScratch()
    const main =
      'package main\n\nimport "github.com/fzipp/gocyclo"\n\nvar word = "?"\n\nfunc main() { println(word, len(gocyclo.Stats{})) }\n'
    const files = { 'go.mod': `module made\n\ngo 1.21\n\nrequire github.com/fzipp/gocyclo v${version}\n`, 'main.go': main }
    const build = { env: process.env, files, of: 'github.com/fzipp/gocyclo', set: ['main.word=set'], say: () => {} }
    await goBuild({ ...build, version, into: scratch.into })
    expect((await run(scratch.into)).stderr).to.equal('set 0\n')
    expect(await readdir(scratch.folder)).to.deep.equal(['tool-0.6.0'])
    const other = goBuild({ ...build, version: '0.5.0', into: join(scratch.folder, 'other') })
    expect(String(await other.catch((failure: Error) => failure))).to.match(/is not of github.com\/fzipp\/gocyclo 0\.5\.0/)
    expect(await readdir(scratch.folder)).to.deep.equal(['tool-0.6.0'])
  })

  it('of a command of that module is known by the command', async function () {
    this.timeout(120_000)
    await using scratch = await createScratch()
    const files = { 'go.mod': `module made\n\ngo 1.21\n\nrequire github.com/fzipp/gocyclo v${version}\n` }
    const build = { env: process.env, files, of: 'github.com/fzipp/gocyclo', command: pkg, say: () => {} }
    await goBuild({ ...build, version, into: scratch.into })
    expect(await isBuildOf(scratch.into, pkg, version, process.env)).to.equal(true)
  })

  it('takes a module from a copy with fewer folders and with files of ours', async function () {
    this.timeout(120_000)
    await using scratch = await createScratch()
    const of = 'github.com/fzipp/gocyclo'
    const mod = `module made\n\ngo 1.21\n\nrequire ${of} v${version}\n\nreplace ${of} => ./copy\n`
    const main = `package main\n\nimport (\n\t"${of}"\n\t"${of}/cmd"\n)\n\nfunc main() { println(len(gocyclo.Stats{}), cmd.Added) }\n`
    const files = { 'go.mod': mod, 'main.go': main, 'copy/cmd/added.go': 'package cmd\n\nconst Added = 42\n' }
    const copies = [{ source: { module: of, version, sum }, to: 'copy', without: ['cmd'] }]
    await goBuild({ env: process.env, files, of, copies, version, into: scratch.into, say: () => {} })
    expect((await run(scratch.into)).stderr).to.equal('0 42\n')
  })

  it('gets the source of a module only with the sum that ours names', async function () {
    this.timeout(120_000)
    const source = { module: 'github.com/fzipp/gocyclo', version }
    const found = await goModuleFolder({ ...source, sum }, process.env)
    expect(await readdir(found)).to.include('go.mod')
    const refused = (more: object) =>
      goModuleFolder({ ...source, sum, ...more }, process.env).then(() => expect.fail('it was accepted'), String)
    expect(await refused({ sum: 'h1:other=' })).to.include(`gocyclo 0.6.0 has another sum than h1:other=: ${sum}`)
    expect(await refused({ version: '0.0.9' })).to.include('gocyclo@v0.0.9')
  })

  it('that fails says why, and leaves nothing', async () => {
    await using scratch = await createScratch()
    const env = { ...process.env, GOPROXY: 'off', GOMODCACHE: join(scratch.folder, 'empty') }
    const error = await goInstall({ env, pkg, version, into: scratch.into, say: () => {} }).catch((failure: Error) => failure)
    expect(String(error)).to.match(/module lookup disabled/)
    expect((await readdir(scratch.folder)).filter((name) => name.startsWith('tool'))).to.deep.equal([])
  })

  it('fails with a sentence without Go', async () => {
    await using scratch = await createScratch()
    const building = goInstall({ env: { PATH: scratch.folder }, pkg, version, into: scratch.into, say: () => {} })
    expect(String(await building.catch((failure: Error) => failure))).to.match(/Go is not installed/)
  })
})

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-go-'))
  return { folder, into: join(folder, 'tool-0.6.0'), [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
