/** An API process for one test, on the run's PostgreSQL and Temporal, with a key that allows everything. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiledCode } from '../../adapters/process/inherited.ts'
import { createKey, pepperOf } from '../../adapters/postgres/access/keys.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import type { Child } from '../../ops/components/process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startChild } from '../../ops/components/process.ts'
import { untilReady } from '../../ops/up/ready.ts'
import { testDatabase } from './postgres.ts'
import { testTemporal } from './temporal.ts'
import { meet } from './held-answers.ts'

const main = join(import.meta.dirname, '../../api/main.ts')
const pepper = 'a pepper of tests, long enough for the settings'

/** JSON whose members tests read without checks. */
export interface Json {
  readonly [member: string]: Json
}

/** An answer whose body has been read. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body. */
  readonly json: Json
  /** A text member of the body; empty if it is no text. */
  member(name: string): string
}

export interface Asking {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Null: without a credential. */
  readonly key?: string | null
}

export interface TestApi extends AsyncDisposable {
  readonly url: string
  readonly key: string
  readonly db: Database
  readonly databaseUrl: string
  ask(method: string, path: string, asking?: Asking): Promise<Answered>
  /** Resolves with the raw response, for streams. */
  open(path: string, asking?: Asking & { readonly signal?: AbortSignal }): Promise<Response>
  /** Makes a key with only these scopes, by default for ann. */
  keyFor(scopes: readonly string[], owner?: string): Promise<string>
  /** Everything the process has printed. */
  output(): string
  stop(): Promise<void>
  /** Sends SIGKILL and resolves once the process has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
}

/** @param env further settings, for example `HOLDFAST_RUNTIME_SOCKET` @param output file of the process's output */
export async function startApi(env: Readonly<Record<string, string>> = {}, output?: string): Promise<TestApi> {
  const [databaseUrl, { address }] = await Promise.all([testDatabase(), testTemporal()])
  const db = createDatabase({ url: databaseUrl, applicationName: 'test' })
  const folder = mkdtempSync(join(tmpdir(), 'hf-api-'))
  const logFile = output ?? join(folder, 'api.log')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const keyFor = (scopes: readonly string[], owner = 'ann') =>
    createKey(db, pepperOf(pepper), { kind: 'person', id: owner }, scopes)
  const key = await keyFor(['*'])
  let child: Child | undefined
  const open: TestApi['open'] = (path, asking = {}) =>
    fetch(`${url}${path}`, { ...requestOf('GET', key, asking), ...(asking.signal ? { signal: asking.signal } : {}) })
  const api: TestApi = {
    url,
    key,
    db,
    databaseUrl,
    keyFor,
    open,
    async ask(method, path, asking = {}) {
      const response = await fetch(`${url}${path}`, requestOf(method, key, asking))
      const text = await response.text()
      meet(method, path, { status: response.status, headers: response.headers, text })
      const json = parsed(text)
      const member = (name: string) => (typeof json[name] === 'string' ? String(json[name]) : '')
      return { status: response.status, headers: response.headers, text, json, member }
    },
    output: () => readFileSync(logFile, 'utf8'),
    stop: async () => child?.stop(),
    async kill() {
      if (child) process.kill(child.pid, 'SIGKILL')
      await child?.exited
    },
    async start() {
      const settings = {
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: address,
        HOLDFAST_PORT: String(port),
        HOLDFAST_KEY_PEPPER: pepper,
        HOLDFAST_LOCAL_TARGET: 'allow',
        // Tests send more requests than people. Tests of the limit set their own.
        HOLDFAST_RATE_LIMIT: '100000',
        HOLDFAST_TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
        LOG_LEVEL: 'debug',
        ...env,
      }
      const inherited = { PATH: process.env['PATH'], ...compiledCode() }
      child = startChild({ command: process.execPath, args: [main], env: { ...inherited, ...settings }, logFile })
      await untilReady([`${url}/readyz`], folder)
    },
    async [Symbol.asyncDispose]() {
      await api.stop()
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await api.start()
  return api
}

function requestOf(method: string, key: string, { body, headers, key: other }: Asking): RequestInit {
  const bearer = other === undefined ? key : other
  return {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

function parsed(text: string): Answered['json'] {
  try {
    return JSON.parse(text) as Answered['json']
  } catch {
    return {}
  }
}
