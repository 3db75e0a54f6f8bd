/** A first declaration: what `init` finds in a folder, bakes that fit the traffic, and a file that is valid as written. */
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { argvOf, detect, serviceName } from '../../../cli/init/detect.ts'
import { declarationSchema } from '../../../cli/init/declaration-schema.ts'
import { init } from '../../../cli/init/init.ts'
import { parseDeclaration } from '../../../schema/document.ts'

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-init-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const server = "if (request.url === '/health') ok(); listen(process.env.PORT)"

describe('what init finds in a folder', () => {
  it('is the start command of the service, without a shell if possible', async () => {
    const rows: readonly [Readonly<Record<string, string>>, readonly string[] | null][] = [
      [{ 'package.json': '{"scripts":{"start":"node server.js --quiet"}}' }, ['node', 'server.js', '--quiet']],
      [{ 'package.json': '{"scripts":{"start":"NODE_ENV=production node . && true"}}' }, ['npm', 'start']],
      [{ Procfile: 'web: gunicorn app:app\n' }, ['gunicorn', 'app:app']],
      [{ 'package.json': '{"main":"lib.js"}', 'lib.js': '' }, ['node', 'lib.js']],
      [{ 'app.py': '' }, ['python3', 'app.py']],
      [{ 'notes.txt': '' }, null],
    ]
    for (const [files, command] of rows) expect((await detect(await folderOf(files))).command).to.deep.equal(command)
    const binary = await folderOf({ server: '' })
    await chmod(join(binary, 'server'), 0o755)
    expect((await detect(binary)).command).to.deep.equal(['./server'])
    expect(argvOf('node $(evil)')).to.equal(null)
  })

  it('is its health check, whether it reads PORT, and a valid name', async () => {
    expect(await detect(await folderOf({ 'server.js': server }))).to.include({ healthPath: '/health', readsPort: true })
    expect(await detect(await folderOf({ 'server.js': 'listen(3000)' }))).to.include({ healthPath: '/', readsPort: false })
    expect(['@acme/Check_out', '9lives', 'a--b', '???'].map(serviceName)).to.deep.equal(['check-out', 'lives', 'a-b', 'service'])
  })
})

describe('what init writes', () => {
  const write = async (rps: number | null, force = false, folder?: string) => {
    const ref = folder ?? (await folderOf({ 'server.js': server }))
    const said = await init({ folder: ref, name: 'shop', requestsPerSecond: async () => rps, force })
    const service = parseDeclaration(declarationSchema(), await readFile(said.file, 'utf8'))
    const strategy = service.environments[0]?.strategy
    if (strategy?.kind !== 'canary') throw new Error('init writes canaries')
    return { ...said, folder: ref, steps: strategy.steps }
  }

  it('has the defaults when there is enough traffic, and says how long a good version takes', async () => {
    const { steps, notes } = await write(200)
    expect(steps.map(({ weight, bake }) => [weight, bake.maxMs])).to.deep.equal([
      [10, 1_800_000],
      [50, 1_800_000],
    ])
    expect(notes.join()).to.match(/at 200 requests a second the 10 % step .* passes after about \d+ min/)
  })

  it('has larger weights and longer bakes with less traffic, and says what that means', async () => {
    const some = await write(2)
    expect(some.steps[0]?.weight).to.be.at.least(25)
    expect(some.notes.join()).to.include('are few')
    const few = await write(0.2)
    expect(few.steps[0]?.bake.maxMs).to.be.above(2 * 3_600_000)
    expect((await write(0.001)).notes.join()).to.include('held until a person promotes or aborts it')
  })

  it('says how much traffic the defaults need when the traffic is unknown', async () => {
    expect((await write(null)).notes.join()).to.match(/from about \d+ requests a second/)
  })

  it('overwrites a declaration only when asked to', async () => {
    const { folder } = await write(20)
    const error = await write(20, false, folder).catch((e: unknown) => e)
    expect(error).to.have.property('hint').that.includes('--force')
    await write(20, true, folder)
  })
})
