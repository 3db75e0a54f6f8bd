/** Smoke tests reach one revision directly, through the proxy and by its secret header. They test what users will get, before users do. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { SmokeResult } from '../adapters/target/target.ts'
import type { SmokeTest } from '../domain/plan/service.ts'
import { startPatience, within } from '../adapters/timer.ts'
import { inherited } from '../adapters/process/inherited.ts'
import { endGroup } from '../adapters/process/process-group.ts'
import type { User } from '../adapters/process/users.ts'
import { spawnAs } from '../adapters/process/users.ts'
import type { RunningEnvironment } from './running-environment.ts'
import { directHeader } from './proxy/proxy.ts'
import type { Store, WorkingCopy } from './store.ts'

/** @param store of the artifact; a command runs in a copy of its own @param userOf the user that runs it; null: the runtime's own */
export async function smoke(
  running: RunningEnvironment,
  revision: string,
  test: SmokeTest,
  store: Store,
  userOf: () => User | null,
): Promise<SmokeResult> {
  const header = directHeader(running.state.directSecret, revision)
  const url = running.traffic().url
  if ('path' in test) return ask(`${url}${test.path}`, header, test)
  const artifact = running.state.revisions[revision]?.artifact
  if (artifact === undefined) return { ok: false, detail: `there is no revision ${revision}` }
  const copy = await store.copyOut(artifact, `smoke-${randomUUID()}`, userOf())
  try {
    return await execute(url, header, test, copy)
  } finally {
    await copy.remove()
  }
}

type Header = { readonly name: string; readonly value: string }

async function ask(
  url: string,
  { name, value }: Header,
  { path, status, withinMs }: Extract<SmokeTest, { path: string }>,
): Promise<SmokeResult> {
  const startedAtMs = Date.now()
  try {
    const answer = await within(withinMs, async (signal) => {
      const got = await fetch(url, { headers: { [name]: value }, redirect: 'manual', signal })
      await got.body?.cancel()
      return got
    })
    const tookMs = Date.now() - startedAtMs
    return { ok: answer.status === status, detail: `GET ${path} answered ${answer.status} in ${tookMs} ms, expected ${status}` }
  } catch (error) {
    return { ok: false, detail: `GET ${path} did not answer within ${withinMs} ms (${(error as Error).name})` }
  }
}

const longestWords = 200

/**
 * Runs the command in a copy of the artifact. The command gets the URL and the header by its environment, because every user of the machine
 * can list arguments. Processes that it started end with it.
 */
async function execute(
  url: string,
  { name, value }: Header,
  { command, withinMs }: Extract<SmokeTest, { command: readonly string[] }>,
  { folder, user }: WorkingCopy,
): Promise<SmokeResult> {
  const [file = '', ...args] = command.map((word) => word.replaceAll('{artifact}', folder))
  const { PATH, HOME: ours } = inherited()
  const HOME = user ? folder : ours
  const env = { PATH, HOME, SMOKE_URL: url, SMOKE_HEADER: `${name}: ${value}` }
  const child = spawn(file, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, ...spawnAs(user) })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    // Keeps enough that the cut cannot split the header in two.
    stream.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-longestWords - 2 * value.length)))
    stream.on('error', () => {})
  }
  let isLate = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`))
  })
  const timer = startPatience(withinMs, () => {
    isLate = true
    if (child.pid !== undefined) void endGroup(child.pid, 0)
  })
  const how = await ended
  timer.cancel()
  if (child.pid !== undefined) await endGroup(child.pid, 0)
  if (isLate) return { ok: false, detail: `${file} did not end within ${withinMs} ms` }
  const lastLine = words.replaceAll(value, '(header)').trim().split('\n').at(-1)?.slice(-longestWords) ?? ''
  return { ok: how === 'exit code 0', detail: lastLine === '' ? `${file}: ${how}` : `${file}: ${how}: ${lastLine}` }
}
