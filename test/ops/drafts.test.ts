import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { leaveOut } from '../left-out.ts'
import { draftOf, putFolder, removeLeftDrafts } from '../../ops/drafts.ts'

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

  it('is removed where its maker’s number is in use again, and after a day where its maker seems to work', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const path = join(folder.path, 'server')
    const own = draftOf(path)
    writeFileSync(own, 'half')
    writeFileSync(own.replace(/-\d+-$/, '-1-'), 'half')
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal([basename(own)])
    const before = Date.now() / 1_000 - 25 * 3_600
    utimesSync(own, before, before)
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it('stays for a day where its maker counts pids elsewhere: in another container, on another machine, in an older version', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const path = join(folder.path, 'server')
    const [, space = ''] = /\.draft-([\da-f]{8})-\d+-\d+-$/.exec(draftOf(path)) ?? []
    const other = space.replaceAll(/./g, (letter) => (letter === '0' ? '1' : '0'))
    const names = [draftOf(path).replace(space, other), draftOf(path).replace(`${space}-`, ''), `${path}.draft-1--`]
    for (const name of names) {
      mkdirSync(`${name}abcdef`)
      writeFileSync(join(`${name}abcdef`, 'half'), 'half')
    }
    const before = readdirSync(folder.path)
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal(before)
    const dayBefore = Date.now() / 1_000 - 25 * 3_600
    for (const name of names) {
      utimesSync(`${name}abcdef`, dayBefore, dayBefore)
      removeLeftDrafts(path)
      expect(existsSync(`${name}abcdef`), name).to.equal(false)
    }
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it('stays where it cannot be removed, and the next maker goes on', function () {
    const parent = parentForAll()
    if (parent === undefined) return leaveOut(this, 'every folder for temporary files is closed to other users')
    using folder = mkdtempDisposableSync(join(parent, 'hf-drafts-'))
    const path = join(folder.path, 'server')
    const draft = draftOf(path).replace(/-\d+-$/, '-1-')
    writeFileSync(draft, 'half')
    chmodSync(folder.path, 0o555)
    asNobody(() => {
      expect(() => rmSync(draft)).to.throw()
      removeLeftDrafts(path)
    })
    chmodSync(folder.path, 0o755)
    expect(readdirSync(folder.path)).to.deep.equal([basename(draft)])
    removeLeftDrafts(path)
    expect(readdirSync(folder.path)).to.deep.equal([])
  })
})

/** A folder that every user may enter. The one for temporary files may be this user's only. */
function parentForAll(): string | undefined {
  const isForAll = (folder: string): boolean =>
    (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || isForAll(dirname(folder)))
  return [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'].filter((folder) => existsSync(folder)).find((folder) => isForAll(folder))
}

/** Root may remove everything, so its rights are put down meanwhile. */
function asNobody(work: () => void): void {
  const own = process.geteuid?.() ?? 0
  if (own !== 0) return work()
  process.seteuid?.(65_534)
  try {
    work()
  } finally {
    process.seteuid?.(own)
  }
}

describe('a folder that is made anew', () => {
  /** A folder of three programs, as a draft. */
  const draftIn = (folder: string, name: string) => {
    mkdirSync(join(folder, name))
    for (const program of ['one', 'two', 'three']) writeFileSync(join(folder, name, program), name)
    return join(folder, name)
  }

  it('takes the place of what was there, and of nothing that another maker has put there meanwhile', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const into = join(folder.path, 'programs')
    for (const name of ['first', 'second']) {
      putFolder(draftIn(folder.path, name), into)
      expect(readFileSync(join(into, 'three'), 'utf8')).to.equal(name)
    }
    expect(readdirSync(folder.path)).to.deep.equal(['programs'])
  })

  it('is whole, and no maker fails, where two put it there again and again', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'hf-drafts-'))
    const into = join(folder.path, 'programs')
    const code = `
      import { mkdirSync, writeFileSync } from 'node:fs'
      import { basename, dirname, join } from 'node:path'
      import { putFolder } from '${module}'
      const [folder, into, name] = process.argv.slice(1)
      for (let n = 0; n < 50; n += 1) {
        const draft = join(folder, name + n)
        mkdirSync(draft)
        for (const program of ['one', 'two', 'three']) writeFileSync(join(draft, program), 'whole')
        putFolder(draft, into)
      }`
    const ends = ['a', 'b'].map(async (name) => {
      const maker = spawn(process.execPath, ['--input-type=module', '--eval', code, folder.path, into, name], {
        stdio: 'inherit',
      })
      return (await once(maker, 'exit'))[0] as number
    })
    expect(await Promise.all(ends)).to.deep.equal([0, 0])
    expect(readdirSync(into).toSorted()).to.deep.equal(['one', 'three', 'two'])
  })
})
