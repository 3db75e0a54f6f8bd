import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTarget } from '../../adapters/target/local.ts'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import { pathOf } from '../../adapters/local-runtime/protocol.ts'
import { openControlServer } from '../../local-runtime/control-server.ts'
import type { LocalRuntime } from '../../local-runtime/runtime.ts'
import { fencingToken, outcomeOf, ref } from '../adapters/stand.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { until } from '../stack/until.ts'

const main = join(import.meta.dirname, '../../local-runtime/main.ts')

interface Answered {
  readonly status: number
  readonly type: string
  readonly body: { readonly code?: string; readonly detail?: string; readonly title?: string; readonly hint?: string }
}

/** The server's answer to bytes that the client would never send. */
function ask(socketPath: string, method: string, path: string, body?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.once('close', () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'] ?? '',
          body: JSON.parse(text) as Answered['body'],
        }),
      )
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

describe('the control server', function () {
  this.timeout(30_000)

  it('listens on a socket that only its owner can open', async () => {
    await using runtime = await startRuntime()
    expect(statSync(runtime.socket).mode & 0o777).to.equal(0o600)
    expect(statSync(runtime.home).mode & 0o777).to.equal(0o700)
  })

  it('answers every failure as a problem with its code', async () => {
    await using runtime = await startRuntime()
    const wrong: readonly (readonly [method: string, path: string, body: string | undefined, code: string, status: number])[] = [
      ['GET', '/nothing', undefined, 'not-found', 404],
      ['DELETE', '/run', undefined, 'not-found', 404],
      ['POST', '/run', '{ "ref": ', 'malformed-body', 400],
      ['POST', '/run', '{}', 'invalid-input', 422],
      ['POST', '/weights', JSON.stringify({ ref, weights: { a: 101 } }), 'invalid-input', 422],
      ['POST', '/open', JSON.stringify({ ref: { ...ref, service: '../up' }, router: {} }), 'invalid-input', 422],
      ['GET', '/traffic?ref=no/where', undefined, 'not-found', 404],
      ['GET', '/logs?ref=no/where&lines=many', undefined, 'not-found', 404],
    ]
    for (const [method, path, body, code, status] of wrong) {
      const answer = await ask(runtime.socket, method, pathOf(path), body)
      expect(answer, `${method} ${path}`).to.deep.include({ status, type: 'application/problem+json' })
      expect(answer.body).to.include({ code })
    }
  })

  it('refuses a body that is too large, and continues', async () => {
    await using runtime = await startRuntime()
    // The server may hang up before it has read everything, so the sender sees the refusal or a reset.
    const refused = await ask(
      runtime.socket,
      'POST',
      pathOf('/artifacts'),
      JSON.stringify({ path: `/${'x'.repeat(5 << 20)}` }),
    ).then(
      ({ body }) => body.code,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect(refused).to.be.oneOf(['body-too-large', 'EPIPE', 'ECONNRESET'])
    expect((await runtime.client.info()).lastOutageMs).to.equal(null)
  })

  it('says that there is no space, with the remedy, when an artifact does not fit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-rt-'))
    const [home, socket, artifact] = ['home', 's', 'large'].map((name) => join(folder, name)) as [string, string, string]
    writeFileSync(artifact, Buffer.alloc(300_000))
    // A limit of 200 KiB per file acts like a disk with 200 KiB left.
    const limited = ['-c', 'ulimit -f 200; exec "$0" "$@"', process.execPath, main, '--home', home, '--socket', socket]
    const runtime = spawn('bash', limited, { stdio: ['ignore', 'pipe', 'inherit'] })
    const client = createRuntimeClient(socket)
    try {
      await once(runtime.stdout, 'data')
      const refused = await client.importArtifact(artifact).catch((error: unknown) => error)
      expect(refused).to.include({ code: 'target-unavailable', hint: 'free space on the disk' })
      expect(readdirSync(join(home, 'artifacts'))).to.deep.equal([])
    } finally {
      runtime.kill()
      await once(runtime, 'close')
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('gives the client the same problem that the runtime threw', async () => {
    await using runtime = await startRuntime()
    expect(await outcomeOf(runtime.client.traffic({ service: 'no', environment: 'where' }))).to.equal('not-found')
    expect(await outcomeOf(runtime.client.importArtifact('relative'))).to.equal('invalid-input')
  })

  it('refuses a socket path that is too long, with an error that says so', async () => {
    const socket = `/tmp/${'x'.repeat(103)}`
    expect(await outcomeOf(openControlServer({} as LocalRuntime, socket, { metricsUrl: '', instance: '' }))).to.equal(
      'invalid-config',
    )
  })

  it('answers what is in progress before it closes, and then nothing', async () => {
    await using runtime = await startRuntime()
    const begun = join(runtime.home, 'begun')
    const program = `require('node:fs').writeFileSync(process.argv[1], ''); setTimeout(() => process.exit(0), 700)`
    const test = { command: [process.execPath, '-e', program, begun], withinMs: 5_000 }
    await runtime.client.open(ref, { timeoutMs: 1_000, sticky: 'none', edgesMs: [] }, fencingToken(1, 1))
    const { digest } = await runtime.client.importArtifact(demoService)
    const config = localTarget.config.parse({ command: [process.execPath, 'server.mjs'] })
    await runtime.client.run(ref, { revision: 'r-1', version: '1', artifact: digest, config }, 1, fencingToken(1, 1))
    const smoke = runtime.client.smoke(ref, 'r-1', test)
    await until('the smoke test is in progress', () => existsSync(begun))
    const stopped = runtime.stop()
    expect(await smoke).to.deep.include({ ok: true })
    await stopped
    expect(await outcomeOf(runtime.client.info())).to.equal('target-unavailable')
  })
})
