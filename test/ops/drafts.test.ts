import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposableSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { draftOf, removeLeftDrafts } from '../../ops/drafts.ts'

const module = pathToFileURL(join(import.meta.dirname, '../../ops/drafts.ts')).href

/** A process that makes a folder and a file as drafts of `path`, and then waits for its end. */
async function startMaker(path: string) {
  const code = `
    import { mkdtempSync, writeFileSync } from 'node:fs'
    import { draftOf } from '${module}'
    writeFileSync(mkdtempSync(draftOf(process.argv[1])) + '/half', 'half')
    writeFileSync(draftOf(process.argv[1]), 'half')
    process.stdout.write('made')
    setInterval(() => {}, 1_000)`
  const maker = spawn(process.execPath, ['--input-type=module', '--eval', code, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(maker.stdout, 'data')
  return {
    async kill() {
      const ended = once(maker, 'exit')
      maker.kill('SIGKILL')
      await ended
    },
  }
}

describe('what a killed build or download leaves behind', function () {
  this.timeout(60_000)

  it('is removed by the next one, and nothing of a maker that still works, of others, or what is whole', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const path = join(folder.path, 'workflows-1.js')
    const other = join(folder.path, 'server')
    writeFileSync(path, 'whole')
    const [killed, working, elsewhere] = [await startMaker(path), await startMaker(path), await startMaker(other)]
    await killed.kill()
    await elsewhere.kill()
    expect(readdirSync(folder.path)).to.have.length(7)
    removeLeftDrafts(join(folder.path, 'workflows-2.js'), 'workflows-')
    expect(readdirSync(folder.path), 'two of the one that works, two of another name').to.have.length(5)
    removeLeftDrafts(other)
    expect(readdirSync(folder.path)).to.have.length(3)
    await working.kill()
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal(['workflows-1.js'])
  })

  it('is removed after a day, where its maker’s number is in use again', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const path = join(folder.path, 'server')
    writeFileSync(draftOf(path), 'half')
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.have.length(1)
    const before = Date.now() / 1_000 - 25 * 3_600
    utimesSync(draftOf(path), before, before)
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal([])
  })
})
