/** Commands run under a Node that runs TypeScript, whichever Node they were started with. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { compiledFolder as beforeTheTable, findNode, missingNode } from '../../bin/find-node.mjs'
import { compiledFolder } from '../../ops/up/compile-ahead.ts'

const run = promisify(execFile)
const finder = join(import.meta.dirname, '../../bin/find-node.mjs')

describe('finding a Node that runs TypeScript', () => {
  it('takes the present one if it is new enough', () => {
    expect(findNode({ version: '24.0.0' })).to.equal(process.execPath)
  })

  it('skips an old one on PATH and takes a new one after it', async () => {
    await using folders = await createFolders({ old: 'v20.19.0', recent: 'v26.1.0' })
    const found = findNode({ version: '20.19.0', path: `${folders.old}:${folders.recent}`, folder: folders.folder })
    expect(found).to.equal(join(folders.recent, 'node'))
  })

  it('says which Node is needed and how to get it if there is none', async () => {
    await using folders = await createFolders({ old: 'v20.19.0' })
    expect(findNode({ version: '20.19.0', path: folders.old, folder: folders.folder })).to.equal(null)
    expect(missingNode('20.19.0')).to.match(/Node 24 or later is needed, and this is 20\.19\.0\n {2}install it/)
  })
})

describe('running under another Node', () => {
  const goOn = (code: string) => [
    '-e',
    `import('${finder}').then(async (m) => { process.exitCode = await m.goOn(process.execPath, ['-e', ${JSON.stringify(code)}]) })`,
  ]

  it('ends with the exit code of the child', async () => {
    const error = await run(process.execPath, goOn('process.exit(7)')).catch((failure: { code: number }) => failure)
    expect((error as { code: number }).code).to.equal(7)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`passes ${signal} on that only the parent got, and waits for an orderly end`, async () => {
      const child = spawn(
        process.execPath,
        goOn(
          `setInterval(() => {}, 1000); process.on("${signal}", () => { console.log("in order"); process.exit(5) }); console.log("up")`,
        ),
      )
      await once(child.stdout, 'data')
      child.kill(signal)
      const [[last], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')])
      expect([String(last).trim(), code]).to.deep.equal(['in order', 5])
    })
})

describe('the folder of compiled code', () => {
  for (const [env, folder] of [
    [{ HOME: '/home/kim' }, '/home/kim/.cache/holdfast/compiled'],
    [{ HOME: '' }, join(homedir(), '.cache/holdfast/compiled')],
    [{ HOME: '/home/kim', XDG_CACHE_HOME: '' }, '/home/kim/.cache/holdfast/compiled'],
    [{ HOME: '/home/kim', XDG_CACHE_HOME: '/caches' }, '/caches/holdfast/compiled'],
    [{ HOME: '/home/kim', XDG_CACHE_HOME: 'caches' }, '/home/kim/.cache/holdfast/compiled'],
    [{ HOME: '/home/kim', HOLDFAST_CACHE: '' }, '/home/kim/.cache/holdfast/compiled'],
    [{ HOME: '/home/kim', XDG_CACHE_HOME: '/caches', HOLDFAST_CACHE: '/programs' }, '/programs/compiled'],
    [{ HOME: '/home/kim', HOLDFAST_CACHE: 'programs' }, 'programs/compiled'],
    [{ HOME: '/home/kim', HOLDFAST_CACHE: '/programs', NODE_COMPILE_CACHE: '' }, '/programs/compiled'],
    [{ HOLDFAST_CACHE: '/programs', NODE_COMPILE_CACHE: '/node' }, '/node'],
  ] as const)
    it(`is ${folder} with ${JSON.stringify(env)}, before the table of settings runs and by the table`, () => {
      expect([beforeTheTable(env), compiledFolder(env)]).to.deep.equal([folder, folder])
    })

  it('is where the command line keeps its code, in this process or in another one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-compiled-'))
    const { NODE_COMPILE_CACHE: _, ...env } = process.env
    const started = [
      [join(import.meta.dirname, '../../bin/holdfast.mjs'), '--version'],
      [
        '-e',
        `import('${finder}').then((m) => m.goOn(process.execPath, ['${join(import.meta.dirname, '../../cli/main.ts')}', '--version']))`,
      ],
    ]
    for (const [index, args] of started.entries()) {
      const cache = join(folder, String(index))
      await run(process.execPath, args, { env: { ...env, HOLDFAST_CACHE: cache } })
      expect(await readdir(join(cache, 'compiled')), args[0]).not.to.have.length(0)
    }
    await rm(folder, { recursive: true, force: true })
  })
})

async function createFolders(versions: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-node-'))
  const folders: Record<string, string> = {}
  for (const [name, version] of Object.entries(versions)) {
    const holder = await mkdtemp(join(folder, name))
    await writeFile(join(holder, 'node'), `#!/bin/sh\necho ${version}\n`)
    await chmod(join(holder, 'node'), 0o700)
    folders[name] = holder
  }
  return {
    folder,
    old: folders['old'] ?? '',
    recent: folders['recent'] ?? '',
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
