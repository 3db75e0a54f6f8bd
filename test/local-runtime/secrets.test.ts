import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { openSecrets } from '../../local-runtime/secrets.ts'
import { fencingToken, ref } from '../adapters/stand.ts'
import { startRuntime } from '../stack/runtime.ts'
import { putSecret } from '../stack/secrets.ts'
import { until } from '../stack/until.ts'

const staging = { service: 'shop', environment: 'staging' }

function openFolder() {
  const home = mkdtempSync(join(tmpdir(), 'hf-secrets-'))
  const folder = join(home, 'secrets')
  return {
    home,
    folder,
    secrets: openSecrets(folder, home),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

describe("the operator's secrets", () => {
  it('are those of the environment, else those of the service, and no others', () => {
    using opened = openFolder()
    putSecret(opened, 'shop/token', 'for-all\n')
    putSecret(opened, 'shop/production/token', 'for-production')
    putSecret(opened, 'other/key', 'of-another-service')
    writeFileSync(join(opened.folder, 'pepper'), 'opened-to-nobody', { mode: 0o600 })
    const { secrets } = opened
    expect([secrets.valueOf(ref, 'token'), secrets.valueOf(staging, 'token')]).to.deep.equal(['for-production', 'for-all'])
    for (const [where, name] of [
      [ref, 'key'],
      [ref, 'pepper'],
      [{ service: 'other', environment: 'production' }, 'token'],
      [staging, 'production'],
    ] as const)
      expect(() => secrets.valueOf(where, name)).to.throw(`secret ${name} is not opened to ${where.service}/${where.environment}`)
  })

  it('have a digest that changes with the value and the environment, survives a restart, and needs the key', () => {
    using opened = openFolder()
    using another = openFolder()
    for (const folder of [opened, another]) putSecret(folder, 'shop/token', '1234')
    const of = ({ secrets }: Pick<typeof opened, 'secrets'>, where = ref) => secrets.digests(where, ['token'])['token'] ?? ''
    const first = of(opened)
    expect(first).to.match(/^[0-9a-f]{64}$/)
    expect(of({ secrets: openSecrets(opened.folder, opened.home) }), 'in the next life').to.equal(first)
    expect(of(another), 'under another key').to.not.equal(first)
    expect(of(opened, staging), 'elsewhere').to.not.equal(first)
    putSecret(opened, 'shop/token', '1235')
    expect(of(opened)).to.not.equal(first)
    writeFileSync(join(opened.home, 'secret-digest-key'), 'torn')
    expect(() => openSecrets(opened.folder, opened.home), 'never made anew over one that is there').to.throw(
      'not a key of 32 bytes',
    )
  })

  it('that cannot be a variable, or that other users can read, are refused with the reason, all at once and without a value', () => {
    using opened = openFolder()
    putSecret(opened, 'shop/open', 'readable-by-all', 0o644)
    putSecret(opened, 'shop/empty', '\n')
    putSecret(opened, 'shop/zero', 'a\0b')
    putSecret(opened, 'shop/bytes', Buffer.from([0xff, 0xfe]))
    putSecret(opened, 'shop/large', 'x'.repeat(64 * 1024 + 1))
    mkdirSync(join(opened.folder, 'shop/folder'))
    const failure = (() => {
      try {
        return opened.secrets.digests(ref, ['open', 'empty', 'zero', 'bytes', 'large', 'folder', 'absent'])
      } catch (error) {
        return error as Error
      }
    })()
    expect(failure).to.include({ code: 'secret-unavailable' }).and.have.property('message')
    const words = (failure as Error).message
    for (const part of [
      'open can be read by others',
      'empty is empty',
      'zero has a zero byte',
      'bytes cannot be read (ERR_ENCODING_INVALID_ENCODED_DATA)',
      'large is larger than 64 KiB',
      'folder is not opened',
      'absent is not opened',
    ])
      expect(words).to.include(part)
    expect(words).to.not.include('readable-by-all')
    chmodSync(join(opened.folder, 'shop/open'), 0o600)
    expect(opened.secrets.valueOf(ref, 'open')).to.equal('readable-by-all')
  })
})

describe('a service that names a secret', function () {
  this.timeout(60_000)

  it('gets its present value at each start of a process, and nothing that the runtime stores or prints contains it', async () => {
    await using runtime = await startRuntime()
    const value = 'correct horse battery staple'
    const folder = mkdtempSync(join(tmpdir(), 'hf-service-'))
    writeFileSync(
      join(folder, 'service.cjs'),
      `console.log('token is ' + process.env.TOKEN)
       require('node:http').createServer((request, response) => {
         if (request.url === '/exit') process.exit(1)
         response.end(process.env.TOKEN)
       }).listen(process.env.PORT, process.env.HOST)`,
    )
    const { digest } = await runtime.client.importArtifact(folder)
    rmSync(folder, { recursive: true })
    const env = { TOKEN: { secret: 'token' } }
    const config = localTarget.config.parse({ command: [process.execPath, 'service.cjs'], env, health: { every: '100ms' } })
    const spec = { revision: 'r-1', version: '1', artifact: digest, config }
    const { url } = await runtime.client.open(ref, { timeoutMs: 5_000, sticky: 'none', edgesMs: [100] }, fencingToken(1, 1))
    await runtime.client.run(ref, spec, 1, fencingToken(1, 1))
    const status = async () => (await runtime.client.status(ref))[0]
    await until('the reason', async () => (await status())?.detail.includes('secret token is not opened to shop/production'))

    putSecret(runtime, 'shop/token', value)
    await until('ready', async () => (await status())?.readyReplicas === 1, 30_000)
    await runtime.client.setWeights(ref, { 'r-1': 100 }, fencingToken(1, 2), [])
    expect(await (await fetch(url)).text()).to.equal(value)
    const printed = async () => (await runtime.client.logs(ref)).map(({ line }) => line)
    await until('its first line', async () => (await printed()).length > 0)
    expect(await printed()).to.deep.equal(['token is ***'])

    putSecret(runtime, 'shop/token', `${value}, rotated`)
    await fetch(`${url}/exit`).catch(() => {})
    await until('the next life', async () => (await printed()).length > 1, 30_000)
    await until('ready again', async () => (await (await fetch(url)).text()) === `${value}, rotated`, 30_000)
    expect(await printed()).to.deep.equal(['token is ***', 'token is ***'])
    for (const file of ['state.json', 'groups.json', 'effects.jsonl'])
      expect(readFileSync(join(runtime.home, file), 'utf8'), file).to.not.include('horse')
  })
})
