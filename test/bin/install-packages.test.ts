/** The first step of every `npm` command: it installs only when the lockfile asks for it, and says what to do when it cannot. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { installPackages } from '../../bin/install-packages.mjs'

const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', dev: true } } }

describe('installing packages', () => {
  it('leaves node_modules alone when it already holds what the lockfile names', async () => {
    await using project = await createProject({ installed: ['node_modules/a', 'node_modules/b'] })
    expect(await project.install({ npm: ['/nowhere/npm'] })).to.equal(false)
  })

  it('runs npm once when the lockfile changed, and then no more', async () => {
    await using project = await createProject({ installed: [] })
    const npm = await project.npm('mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json')
    expect([await project.install({ npm }), await project.install({ npm })]).to.deep.equal([true, false])
    await project.write('package-lock.json', { packages: { ...lock.packages, 'node_modules/c': { version: '1.0.0' } } })
    expect(await project.install({ npm })).to.equal(true)
  })

  it('does without development packages where they are not asked for', async () => {
    await using project = await createProject({ installed: ['node_modules/a'] })
    expect(await project.install({ npm: ['/nowhere/npm'], development: false })).to.equal(false)
    const npm = await project.npm('echo "$@" > asked')
    expect(await project.install({ npm, development: true })).to.equal(true)
    expect(await readFile(join(project.folder, 'asked'), 'utf8')).to.include('--include=dev')
  })

  for (const { when, says, message, remedy } of [
    { when: 'the network is down', says: 'npm error code ENOTFOUND', message: /registry cannot be reached/, remedy: /network/ },
    {
      when: 'the folder is read-only',
      says: 'npm error code EROFS',
      message: /cannot be written to .*node_modules/,
      remedy: /writable/,
    },
    { when: 'the disk is full', says: 'npm error code ENOSPC', message: /disk is full/, remedy: /free/ },
  ])
    it(`names the remedy when ${when}`, async () => {
      await using project = await createProject({ installed: [] })
      const error = await failure(project.install({ npm: await project.npm(`echo '${says}' >&2; exit 1`) }))
      expect(error.name).to.equal('SetupError')
      expect(error.message.split('\n')[0]).to.match(message)
      expect(error.message.split('\n')[1]).to.match(remedy)
    })

  it('names the remedy when there is no npm', async () => {
    await using project = await createProject({ installed: [] })
    expect((await failure(project.install({ npm: ['/nowhere/npm'] }))).message).to.match(/npm is not there\n {2}install Node/)
  })
})

async function createProject({ installed }: { installed: readonly string[] }) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-install-'))
  const write = (name: string, content: unknown) => writeFile(join(folder, name), JSON.stringify(content))
  await write('package-lock.json', lock)
  if (installed.length > 0) {
    await mkdir(join(folder, 'node_modules'))
    const packages = Object.fromEntries(installed.map((path) => [path, { version: '1.0.0' }]))
    await write('node_modules/.package-lock.json', { packages })
  }
  return {
    folder,
    write,
    /** A stand-in for npm itself: the registry's failures cannot be had on demand. */
    async npm(script: string): Promise<readonly string[]> {
      const path = join(folder, 'npm.sh')
      await writeFile(path, `#!/bin/sh\n${script}\n`)
      await chmod(path, 0o700)
      return [path]
    },
    install: (options: { npm: readonly string[]; development?: boolean }): Promise<boolean> =>
      installPackages({ folder, development: true, say: () => {}, ...options }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  )
