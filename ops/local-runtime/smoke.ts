/** Smoke tests reach one revision directly, through the proxy by its secret header: what users will meet, before they do. */
import { spawn } from 'node:child_process'
import type { SmokeResult } from '../../adapters/target/target.ts'
import type { SmokeTest } from '../../domain/service.ts'
import type { RunningPlace } from './place.ts'
import { directHeader } from './proxy/proxy.ts'

export function smoke(place: RunningPlace, revision: string, test: SmokeTest): Promise<SmokeResult> {
  const header = directHeader(place.state.directSecret, revision)
  const url = place.traffic().url
  return 'path' in test ? ask(`${url}${test.path}`, header, test) : execute(url, header, test)
}

type Header = { readonly name: string; readonly value: string }

async function ask(
  url: string,
  { name, value }: Header,
  { path, status, withinMs }: Extract<SmokeTest, { path: string }>,
): Promise<SmokeResult> {
  const startedAtMs = Date.now()
  try {
    const answer = await fetch(url, { headers: { [name]: value }, redirect: 'manual', signal: AbortSignal.timeout(withinMs) })
    await answer.body?.cancel()
    const tookMs = Date.now() - startedAtMs
    return { ok: answer.status === status, detail: `GET ${path} answered ${answer.status} in ${tookMs} ms, ${status} was wanted` }
  } catch (error) {
    return { ok: false, detail: `GET ${path} did not answer within ${withinMs} ms (${(error as Error).name})` }
  }
}

/** The command gets the URL and the header in its environment, not as arguments that everybody can list. */
function execute(
  url: string,
  { name, value }: Header,
  { command, withinMs }: Extract<SmokeTest, { command: readonly string[] }>,
): Promise<SmokeResult> {
  const [file = '', ...args] = command
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], SMOKE_URL: url, SMOKE_HEADER: `${name}: ${value}` }
    const child = spawn(file, args, { env, detached: true, stdio: 'ignore' })
    const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), withinMs)
    child.once('error', (error) => resolve({ ok: false, detail: `${file}: ${error.message}` }))
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      resolve({ ok: code === 0, detail: `${file}: ${signal ? `ended by ${signal}` : `exit code ${code}`}` })
    })
  })
}
