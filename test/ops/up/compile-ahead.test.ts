/** Long-running processes load only what they need: no compiler of types, no bundler, and no code of other processes. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFile } from 'node:child_process'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { compileAhead, linking } from '../../../ops/up/compile-ahead.ts'
import { mains } from '../../../ops/up/stack.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')

/** Node's own module that strips types. */
const compiler = 'internal/deps/amaro'

async function answerOf(code: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const args = ['--input-type=module', '--eval', code]
  const { stdout } = await run(process.execPath, args, { cwd: root, env: { PATH: process.env['PATH'], ...env } })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

const loadsCompiler = (main: string, env: NodeJS.ProcessEnv) =>
  answerOf(`${linking([main])}\nconsole.log(process.moduleLoadList.some((name) => name.includes('${compiler}')))`, env)

describe('a process that runs as long as the stack', () => {
  it('finds its code compiled ahead, and does not load the compiler of types', async function () {
    this.timeout(60_000)
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-compiled-'))
    const env = { NODE_COMPILE_CACHE: join(folder.path, 'compiled') }
    await compileAhead(mains, { PATH: process.env['PATH'], ...env })
    expect(mains.length).to.be.above(5)
    for (const main of mains) expect(await loadsCompiler(main, env), main).to.equal(false)
    expect(await loadsCompiler('api/main.ts', {}), 'without the cache').to.equal(true)
  })

  it('loads no bundler if it is the starter, which builds in a process that ends', async () => {
    const builders = ['@temporalio/worker', 'webpack', '@swc', 'vite', 'rolldown']
    const loaded = await answerOf(
      `import { registerHooks } from 'node:module'
      const seen = new Set()
      registerHooks({ load(url, context, next) { seen.add(url); return next(url, context) } })
      await import('${pathToFileURL(join(root, 'ops/up/stack.ts')).href}')
      console.log(JSON.stringify([...seen]))`,
      {},
    )
    const found = (loaded as string[]).filter((url) => builders.some((name) => url.includes(`/node_modules/${name}/`)))
    expect(found).to.deep.equal([])
    expect((loaded as string[]).some((url) => url.includes('/node_modules/@temporalio/client/'))).to.equal(true)
  })
})
