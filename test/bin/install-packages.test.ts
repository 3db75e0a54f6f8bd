/** The first step of every `npm` command: it installs only when the lockfile requires it, and names the remedy when it fails. */
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { installPackages } from '../../bin/install-packages.mjs'
import { cacheFolder, run } from '../../ops/components/component.ts'
import { leaveOut } from '../left-out.ts'

const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', dev: true } } }

/** Acts like npm: writes its record and a folder for each package. */
const installing = `mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json
for name in a b c; do mkdir -p node_modules/$name; echo '{}' > node_modules/$name/package.json; done`

describe('installing packages', () => {
  for (const stamped of [true, false])
    it(`brings back one that was removed, ${stamped ? 'although all of them were there at the last start' : 'at a first start too'}`, async () => {
      await using project = await createProject({ installed: ['node_modules/a', 'node_modules/b'] })
      const npm = await project.npm(installing)
      if (stamped) expect(await project.install({ npm })).to.equal(false)
      await rm(join(project.folder, 'node_modules/b'), { recursive: true })
      expect([await project.install({ npm }), await project.install({ npm })]).to.deep.equal([true, false])
      expect(existsSync(join(project.folder, 'node_modules/b/package.json'))).to.equal(true)
    })

  it('leaves node_modules alone when it already holds what the lockfile names', async () => {
    await using project = await createProject({ installed: ['node_modules/a', 'node_modules/b'] })
    expect(await project.install({ npm: ['/nowhere/npm'] })).to.equal(false)
  })

  it('runs npm once when the lockfile changed, and then no more', async () => {
    await using project = await createProject({ installed: [] })
    const npm = await project.npm(installing)
    expect([await project.install({ npm }), await project.install({ npm })]).to.deep.equal([true, false])
    await project.write('package-lock.json', { packages: { ...lock.packages, 'node_modules/c': { version: '1.0.0' } } })
    expect(await project.install({ npm })).to.equal(true)
  })

  it('leaves development packages out unless they are requested', async () => {
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
    expect((await failure(project.install({ npm: ['/nowhere/npm'] }))).message).to.match(/npm is not installed\n {2}install Node/)
  })
})

describe('the install scripts of packages', function () {
  this.timeout(120_000)

  it('run only for the packages that package.json allows, also under npm 10, which does not know that list', async function () {
    const npm = await npm10()
    if (!npm) return leaveOut(this, 'npm 10 cannot be fetched from the registry')
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-scripts-'))
    const inFolder = (args: readonly string[]) => run(process.execPath, [...npm.slice(1), ...args], { cwd: folder })
    try {
      for (const name of ['allowed', 'refused']) {
        await mkdir(join(folder, name))
        const scripts = { postinstall: `node -e "require('fs').writeFileSync('${join(folder, `${name}.ran`)}', '')"` }
        await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', scripts }))
        await inFolder(['pack', `./${name}`])
      }
      const dependencies = { allowed: 'file:allowed-1.0.0.tgz', refused: 'file:refused-1.0.0.tgz' }
      const allowScripts = { allowed: true, refused: false }
      await writeFile(
        join(folder, 'package.json'),
        JSON.stringify({ name: 'whole', version: '1.0.0', dependencies, allowScripts }),
      )
      await cp(join(import.meta.dirname, '../../.npmrc'), join(folder, '.npmrc'))
      await inFolder(['install', '--package-lock-only'])
      const ran = async () => (await readdir(folder)).filter((name) => name.endsWith('.ran'))
      // A person runs `npm ci` by hand: no script runs.
      await inFolder(['ci'])
      expect(await ran()).to.deep.equal([])
      await rm(join(folder, 'node_modules'), { recursive: true })
      expect(await installPackages({ folder, development: true, say: () => {}, npm })).to.equal(true)
      expect(await ran()).to.deep.equal(['allowed.ran'])
      // After an installation by hand, the first start runs the allowed scripts.
      await rm(join(folder, 'allowed.ran'))
      await rm(join(folder, 'node_modules/.holdfast-installed.json'))
      expect(await installPackages({ folder, development: true, say: () => {}, npm })).to.equal(false)
      expect(await ran()).to.deep.equal(['allowed.ran'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('are listed as allowed or refused for every installed package that has one', async () => {
    const root = join(import.meta.dirname, '../..')
    const read = async (name: string) => JSON.parse(await readFile(join(root, name), 'utf8')) as Record<string, object>
    const { allowScripts = {} } = await read('package.json')
    const { packages = {} } = await read('package-lock.json')
    const withScript = Object.entries(packages).filter(([, entry]) => 'hasInstallScript' in entry && !('os' in entry))
    expect(withScript.map(([path]) => path.replace('node_modules/', '')).filter((name) => !(name in allowScripts))).to.deep.equal(
      [],
    )
    expect(allowScripts).to.include({ '@scarf/scarf': false })
  })
})

/** Command of a real npm 10, fetched once into the cache; null without a registry. */
async function npm10(): Promise<readonly string[] | null> {
  const folder = join(cacheFolder(process.env), 'npm-10.9.4')
  const cli = join(folder, 'package/bin/npm-cli.js')
  if (!existsSync(cli)) {
    const draft = await mkdtemp(join(tmpdir(), 'holdfast-npm-'))
    try {
      await run('npm', ['pack', 'npm@10.9.4', '--silent'], { cwd: draft })
      await run('tar', ['-xzf', 'npm-10.9.4.tgz'], { cwd: draft })
      await cp(draft, folder, { recursive: true })
    } catch {
      return null
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }
  return [process.execPath, cli]
}

async function createProject({ installed }: { installed: readonly string[] }) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-install-'))
  const write = (name: string, content: unknown) => writeFile(join(folder, name), JSON.stringify(content))
  await write('package-lock.json', lock)
  if (installed.length > 0) {
    await mkdir(join(folder, 'node_modules'))
    const packages = Object.fromEntries(installed.map((path) => [path, { version: '1.0.0' }]))
    for (const path of installed) {
      await mkdir(join(folder, path), { recursive: true })
      await write(join(path, 'package.json'), {})
    }
    await write('node_modules/.package-lock.json', { packages })
  }
  return {
    folder,
    write,
    /** A stand-in for npm, because the registry's failures cannot be provoked. */
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
