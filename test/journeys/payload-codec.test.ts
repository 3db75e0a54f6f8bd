import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createClient } from '../../cli/client.ts'
import type { Client as ApiClient } from '../../cli/client.ts'
import { ReleaseAnswer, StartedAnswer, read } from '../../cli/api-answers.ts'
import { freePort } from '../../adapters/free-port.ts'
import { firstKey } from '../../ops/up/first-key.ts'
import { whole } from '../../ops/up/bundle.ts'
import { openHome } from '../../ops/up/home.ts'
import type { Stack } from '../../ops/up/stack.ts'
import { readStackConfig } from '../../ops/up/process-settings.ts'
import { startStack } from '../../ops/up/stack.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'

const keyOf = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
const [old, now] = [keyOf('first'), keyOf('second')]
const secret = 'a-version-that-nobody-should-read'

interface Running extends AsyncDisposable {
  readonly api: ApiClient
  readonly temporal: Client
  readonly said: readonly string[]
}

async function start(folder: string, keys: string): Promise<Running> {
  const keyFile = join(folder, 'payload-keys')
  writeFileSync(keyFile, keys, { mode: 0o600 })
  const home = openHome(join(folder, 'home'))
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, XDG_CONFIG_HOME: join(folder, 'config'), LOG_LEVEL: 'warn', HOLDFAST_PAYLOAD_KEYS_FILE: keyFile }
  const said: string[] = []
  let stack: Stack
  try {
    stack = await startStack({ home, env, config: readStackConfig(env), port: await freePort(), say: (line) => said.push(line) })
  } catch (error) {
    home.release()
    throw error
  }
  const key = await firstKey(stack, home, env)
  const connection = await Connection.connect({ address: stack.temporalAddress })
  return {
    api: createClient({ url: stack.apiUrl, token: async () => key }),
    // A client without the codec sees the stored payloads.
    temporal: new Client({ connection }),
    said,
    async [Symbol.asyncDispose]() {
      await connection.close()
      await stack.stop(false)
      home.release()
    },
  }
}

const readRelease = async (api: ApiClient, id: string) =>
  read(ReleaseAnswer, (await api.call({ method: 'GET', path: `/v1/releases/${id}` })).json)

async function release(api: ApiClient, version: string): Promise<string> {
  const body = { version, artifact: { path: demoArtifact(version) } }
  return read(StartedAnswer, (await api.call({ method: 'POST', path: '/v1/services/shop/releases', body })).json).id
}

const outcome = (api: ApiClient, id: string) =>
  until(`outcome of ${id}`, async () => (await readRelease(api, id)).outcome, 60_000)

const gated = (api: ApiClient, id: string) =>
  until(`${id} at its gate`, async () => (await readRelease(api, id)).phase === 'gated', 30_000)

const target = { kind: 'local', command: [process.execPath, 'server.mjs'], drain: '1s', grace: '1s' }
const strategy = { kind: 'blue-green', gate: 'manual', progressDeadline: '20s', scaleDownDelay: '0s' }
const declaration = { kind: 'Service', name: 'shop', environments: [{ name: 'production', target, strategy, watch: '1s' }] }

/** Every payload of a history. */
function payloadsIn(value: unknown): readonly { metadata: Record<string, Uint8Array>; data?: Uint8Array }[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return []
  if ('metadata' in value && 'data' in value) return [value as ReturnType<typeof payloadsIn>[number]]
  return Object.entries(value).flatMap(([name, member]) => (name === 'searchAttributes' ? [] : payloadsIn(member)))
}

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8')

describe("a stack with the operator's payload keys", function () {
  this.timeout(240_000)

  it('stores every payload encrypted, and API, workers, sweeper and a start with a new key over open workflows all work', async () => {
    const folder = await createRunFolder('codec')
    let waiting: string
    {
      await using stack = await start(folder, old)
      await stack.api.call({ method: 'PUT', path: '/v1/services/shop', body: declaration })
      const first = await release(stack.api, secret)
      expect(await outcome(stack.api, first)).to.equal('succeeded')
      const { events } = await stack.temporal.workflow.getHandle(`rollout/shop/production/${first}`).fetchHistory()
      const payloads = payloadsIn(events)
      expect(payloads.length).to.be.above(10)
      expect(new Set(payloads.map(({ metadata }) => textOf(metadata['encoding'])))).to.deep.equal(new Set(['binary/encrypted']))
      expect(payloads.filter(({ data }) => textOf(data).includes(secret))).to.deep.equal([])

      const promoted = await release(stack.api, '1.1.0')
      await gated(stack.api, promoted)
      await stack.api.call({ method: 'POST', path: `/v1/releases/${promoted}/promote`, body: {} })
      expect(await outcome(stack.api, promoted)).to.equal('succeeded')

      const lost = await release(stack.api, '1.2.0')
      await gated(stack.api, lost)
      await stack.temporal.workflow.getHandle(`rollout/shop/production/${lost}`).terminate('lost in a test')
      expect(await outcome(stack.api, lost), 'by a rollback that the sweeper starts').to.equal('rolled-back')

      waiting = await release(stack.api, '1.3.0')
      await gated(stack.api, waiting)
    }
    // The same decisions in another bundle, so that open workflows must be replayed.
    const cache = join(folder, 'home/cache')
    for (const name of readdirSync(cache))
      writeFileSync(join(cache, name), whole(`// another build\n${readFileSync(join(cache, name), 'utf8')}`))
    await using again = await start(folder, `${now}\n${old}`)
    expect(again.said.join('\n')).to.match(/replaying (\d+) of \1 that are open/)
    await again.api.call({ method: 'POST', path: `/v1/releases/${waiting}/promote`, body: {} })
    expect(await outcome(again.api, waiting)).to.equal('succeeded')
  })
})
