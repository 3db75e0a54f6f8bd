/** Runs a hook: an HTTP request or a command, with what it is about as JSON. Its answer is a result; not being able to ask is weather. */
import { spawn } from 'node:child_process'
import { fetch } from 'undici'
import type { Hook, HookMoment } from '../domain/service.ts'

/** What a hook is told: the body of its request, or its standard input. */
export interface HookCall {
  readonly hook: Hook
  readonly moment: HookMoment
  readonly idempotencyKey: string
  readonly release: string
  readonly place: string
  readonly version: string
  readonly weight: number
}

export interface HookAnswer {
  readonly ok: boolean
  readonly detail: string
}

const heartbeatMs = 1_000

/** @param stillHere called every second while the hook runs */
export async function runHook(call: HookCall, stillHere: () => void): Promise<HookAnswer> {
  const timer = setInterval(stillHere, heartbeatMs)
  try {
    return 'http' in call.hook ? await ask(call.hook.http, call) : await execute(call.hook.command, call)
  } finally {
    clearInterval(timer)
  }
}

const told = ({ hook: _, ...about }: HookCall): string => JSON.stringify(about)

/** 2xx is yes. */
async function ask(url: string, call: HookCall): Promise<HookAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': call.idempotencyKey }
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: told(call),
      signal: AbortSignal.timeout(call.hook.timeoutMs),
      redirect: 'error',
    })
    await answer.body?.cancel()
    return { ok: answer.ok, detail: `${new URL(url).host} answered ${answer.status}` }
  } catch (error) {
    return { ok: false, detail: `${new URL(url).host} did not answer: ${(error as Error).name}` }
  }
}

/** Exit code 0 is yes. The command sees nothing of our environment but PATH; past its time its whole group is ended. */
function execute(command: readonly string[], call: HookCall): Promise<HookAnswer> {
  const [file = '', ...args] = command
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), call.hook.timeoutMs)
    child.once('error', (error) => resolve({ ok: false, detail: `${file}: ${error.message}` }))
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      resolve({ ok: code === 0, detail: `${file}: ${signal ? `ended by ${signal}` : `exit code ${code}`}` })
    })
    child.stdin.once('error', () => {})
    child.stdin.end(told(call))
  })
}
