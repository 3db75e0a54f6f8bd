import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { openStore } from '../../local-runtime/store.ts'
import { outcomeOf } from '../adapters/stand.ts'
import { until } from '../stack/until.ts'

/** A store and an artifact `app`. */
function createStand() {
  const folder = mkdtempSync(join(tmpdir(), 'hf-store-'))
  const app = join(folder, 'app')
  mkdirSync(join(app, 'lib'), { recursive: true })
  writeFileSync(join(app, 'server.mjs'), 'serve()')
  writeFileSync(join(app, 'lib', 'run'), '#!/bin/sh', { mode: 0o755 })
  symlinkSync('lib/run', join(app, 'run'))
  const home = join(folder, 'home')
  const store = openStore(home)
  return {
    folder,
    app,
    home,
    store,
    folderOf: (digest: string) => join(home, 'artifacts', digest.replace(':', '-')),
    [Symbol.dispose]() {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe('the artifact store', () => {
  it('names content by its digest, wherever it comes from, and keeps it once', async () => {
    using stand = createStand()
    const again = join(stand.folder, 'elsewhere')
    cpSync(stand.app, again, { recursive: true, verbatimSymlinks: true })
    const [one, two] = await Promise.all([stand.store.importPath(stand.app), stand.store.importPath(again)])
    expect(two).to.deep.equal(one)
    expect(one.digest).to.match(/^sha256:[0-9a-f]{64}$/)
    expect(readdirSync(join(stand.home, 'artifacts'))).to.have.length(1)
  })

  it('has another digest for other content, another name or another executable bit', async () => {
    using stand = createStand()
    const digests = [(await stand.store.importPath(stand.app)).digest]
    const changes: (() => void)[] = [
      () => writeFileSync(join(stand.app, 'server.mjs'), 'serve ()'),
      () => cpSync(join(stand.app, 'server.mjs'), join(stand.app, 'server2.mjs')),
      () => execFileSync('chmod', ['+x', join(stand.app, 'server.mjs')]),
      () => mkdirSync(join(stand.app, 'empty')),
    ]
    for (const change of changes) {
      change()
      digests.push((await stand.store.importPath(stand.app)).digest)
    }
    expect(new Set(digests).size).to.equal(5)
  })

  it('keeps a copy with read-only files that stay executable', async () => {
    using stand = createStand()
    const { digest } = await stand.store.importPath(stand.app)
    writeFileSync(join(stand.app, 'server.mjs'), 'changed')
    const kept = stand.folderOf(digest)
    expect(readFileSync(join(kept, 'server.mjs'), 'utf8')).to.equal('serve()')
    const modes = ['.', 'lib', 'server.mjs', 'run'].map((name) => statSync(join(kept, name)).mode & 0o777)
    expect(modes).to.deep.equal([0o700, 0o755, 0o444, 0o555])
  })

  it('reads and writes files outside the serving process, which continues while an artifact is inspected, read, imported and copied', async () => {
    using stand = createStand()
    const { digest } = await stand.store.importPath(stand.app)
    const jobs: Record<string, () => Promise<unknown>> = {
      inspect: () => stand.store.inspect(stand.app),
      digest: () => stand.store.digestOf(stand.app),
      import: () => stand.store.importPath(stand.app),
      copy: () => stand.store.copyOut(digest, 'one', null),
    }
    for (const [name, job] of Object.entries(jobs)) {
      let isServing = false
      const turn = setImmediate(() => (isServing = true))
      await job()
      clearImmediate(turn)
      expect(isServing, name).to.equal(true)
    }
  })

  it('accepts a single file, and follows a link to an artifact', async () => {
    using stand = createStand()
    const { digest, contents } = await stand.store.importPath(join(stand.app, 'server.mjs'))
    expect(contents).to.include({ files: 1, sizeBytes: 7 })
    expect(readdirSync(stand.folderOf(digest))).to.deep.equal(['server.mjs'])
    symlinkSync(stand.app, join(stand.folder, 'current'))
    expect(await stand.store.importPath(join(stand.folder, 'current'))).to.deep.equal(await stand.store.importPath(stand.app))
  })

  it("prevents a package.json above it from deciding the module type of an artifact's scripts", async () => {
    using stand = createStand()
    writeFileSync(join(stand.folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(stand.app, 'server.js'), "console.log(typeof require('node:http'))")
    const { digest } = await stand.store.importPath(stand.app)
    const copy = await stand.store.copyOut(digest, 'one', null)
    const script = join(copy.folder, 'server.js')
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' })).to.equal('object\n')
  })

  it('refuses links that lead out in any way, and special files', async () => {
    using stand = createStand()
    symlinkSync('..', join(stand.app, 'lib', 'up'))
    const links = ['/etc/hostname', '../app/server.mjs', 'lib/up/../../secret', 'nowhere']
    writeFileSync(join(stand.folder, 'secret'), '')
    for (const to of links) {
      symlinkSync(to, join(stand.app, 'link'))
      expect(await outcomeOf(stand.store.importPath(stand.app)), to).to.equal('invalid-input')
      rmSync(join(stand.app, 'link'))
    }
    execFileSync('mkfifo', [join(stand.app, 'pipe')])
    expect(await outcomeOf(stand.store.importPath(stand.app))).to.equal('invalid-input')
    expect(readdirSync(join(stand.home, 'artifacts'))).to.deep.equal([])
  })

  it('refuses an artifact that is too large before it copies it, a missing one, and relative paths', async () => {
    using stand = createStand()
    writeFileSync(join(stand.app, 'large'), '')
    truncateSync(join(stand.app, 'large'), (1 << 30) + 1)
    for (const path of [stand.app, join(stand.folder, 'nothing'), 'app'])
      expect(await outcomeOf(stand.store.importPath(path)), path).to.equal('invalid-input')
    const few = openStore(stand.home, { maxSizeBytes: 1 << 20, maxEntries: 3 })
    const many = join(stand.folder, 'many')
    mkdirSync(many)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(many, name), name)
    expect(await outcomeOf(few.importPath(many))).to.equal('accepted')
    writeFileSync(join(many, 'd'), 'one more')
    expect(await outcomeOf(few.importPath(many)), 'more files than it may have').to.equal('invalid-input')
    few.close()
    for (const digest of ['sha256:00', '../app', `sha256:${'0'.repeat(64)}`])
      expect(await stand.store.has(digest)).to.equal(false)
  })

  it('removes half copies that a kill left', async () => {
    using stand = createStand()
    const left = join(stand.home, 'artifacts', '.import-left')
    mkdirSync(left)
    mkdirSync(join(stand.home, 'working', 'left'))
    const again = openStore(stand.home)
    const { digest } = await again.importPath(stand.app)
    const names = () => [...readdirSync(stand.home), ...readdirSync(join(stand.home, 'artifacts'))].toSorted()
    await until('nothing is left', async () => names().length === 4)
    expect(names()).to.deep.equal(['artifacts', 'package.json', digest.replace(':', '-'), 'working'])
    again.close()
  })
})
