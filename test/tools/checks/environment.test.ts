/** The check refuses a variable that is not in the table of settings, in any form, and allows code that passes the environment on. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Setting } from '../../../adapters/setting.ts'
import { settings } from '../../../adapters/settings.ts'
import { checkEnvironment, mayName, mayTake } from '../../../tools/checks/check-environment.ts'

const root = join(import.meta.dirname, '../../..')

const refused = [
  'read(process.env)',
  "read(process['env'])",
  'read(globalThis.process.env)',
  'const { env } = process',
  "import { env } from 'node:process'",
  "import process from 'process'",
  'const all = { ...process.env }',
  "const read = (env: Variables) => env['HOLDFAST_NEW']",
  'const read = (env: Variables) => env.HOLDFAST_NEW',
  'const read = ({ env }: Options) => {\n  const { HOLDFAST_NEW } = env\n}',
  'const read = (options: Options) => options.env.HOLDFAST_NEW',
  'const read = (env: Variables, name: string) => env[name]',
]
const handedOn = [
  'spawn(command, { env: { ...env, HOLDFAST_PORT: "7420" } })',
  'const parts = { "DATABASE_URL": url }',
  'start({ TEMPORAL_ADDRESS: address })',
]
const fine = [
  "const config = readConfig(env, ['port'])",
  'spawn(command, { env: { [settings.port.variable]: "7420" } })',
  'interface Known {\n  HOLDFAST_PORT: string\n}',
  "const row = { variable: 'HOLDFAST_PORT' }",
  'spawn(command, { env: { PORT: "1" } })',
  'const { port } = environment',
  "const text = 'process.env.PORT'",
  'read(environment.name)',
]

async function linesIn(file: string, text: string): Promise<readonly number[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-environment-'))
  await mkdir(join(folder.path, dirname(file)), { recursive: true })
  await writeFile(join(folder.path, file), `${text}\n`)
  return (await checkEnvironment(folder.path, [file])).map(({ line }) => line)
}

describe('the check of the environment', () => {
  for (const text of refused)
    it(`refuses ${JSON.stringify(text)}`, async () => {
      for (const file of ['ops/components/new.ts', 'local-runtime/new.ts', 'cli/new.ts', 'bin/new.mjs'].filter(
        (name) => name.endsWith('.ts') || !text.includes(': '),
      ))
        expect(await linesIn(file, text), file).to.deep.equal([text.includes('\n') ? 2 : 1])
    })
  for (const text of handedOn)
    it(`refuses ${JSON.stringify(text)}, because the name has a row`, async () => {
      expect(await linesIn('ops/up/new.ts', text)).to.deep.equal([1])
    })
  for (const text of fine)
    it(`accepts ${JSON.stringify(text)}`, async () => {
      expect(await linesIn('cli/new.ts', text)).to.deep.equal([])
    })

  it('lets a composition root pass it on, and not read a variable', async () => {
    expect(await linesIn('api/main.ts', "readConfig(process.env, ['port'])")).to.deep.equal([])
    expect(await linesIn('api/main.ts', 'listen(process.env.HOLDFAST_PORT)')).to.deep.equal([1])
  })

  it('finds no variable of Holdfast in code or documents that has no row', async () => {
    const rows = new Set(Object.values<Setting>(settings).flatMap(({ variable }) => [variable, `${variable}_FILE`]))
    // A mark in the environment of processes that npm start started, which nobody sets; and the cluster for tests, which only test/ reads.
    const known = (name: string) => rows.has(name) || ['HOLDFAST_PID_FILE', 'HOLDFAST_TEST_KUBECONFIG'].includes(name)
    const listed = execFileSync('git', ['ls-files', '-z', '*.ts', '*.tsx', '*.mjs', '*.md'], { cwd: root, encoding: 'utf8' })
    const files = listed.split('\0').filter((file) => file !== '' && !file.startsWith('test/') && existsSync(join(root, file)))
    const unknown = await Promise.all(
      files.map(async (file) =>
        [...(await readFile(join(root, file), 'utf8')).matchAll(/\bHOLDFAST_[A-Z0-9_]+/g)].flatMap(([name]) =>
          known(name) ? [] : [`${file}: ${name}`],
        ),
      ),
    )
    expect(unknown.flat()).to.deep.equal([])
  })

  it('has no unused exception', async () => {
    for (const [file, reason] of [...Object.entries(mayName), ...Object.entries(mayTake)]) {
      expect(reason, file).not.to.equal('')
      expect(existsSync(join(root, file)), file).to.equal(true)
      const text = file.endsWith('.mjs') ? 'process.env.PATH' : await readFile(join(root, file), 'utf8')
      expect((await linesIn('ops/copied.ts', text)).length, `${file} needs no exception`).to.be.above(0)
    }
  })
})
