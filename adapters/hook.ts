/** Runs a hook: an HTTP request or a command, which gets JSON about the rollout. A hook without an answer in time has failed. */
import { spawn } from 'node:child_process'
import { fetch } from 'undici'
import { hostRefusal } from './allowed-hosts.ts'
import type { Phase } from '../domain/rollout/phase.ts'
import type { Reason } from '../domain/rollout/reason.ts'
import type { Hook, HookMoment } from '../domain/plan/service.ts'
import { settings } from './settings.ts'
import { signalGroup } from './process/process-group.ts'
import type { User } from './process/users.ts'
import { spawnAs } from './process/users.ts'
import { within } from './timer.ts'

/** The JSON for a hook: the body of its request, or its standard input. */
export interface HookCall {
  readonly hook: Hook
  readonly moment: HookMoment
  /** The same for every call of this hook at this moment of this turn, because a call may come twice. */
  readonly idempotencyKey: string
  readonly release: string
  readonly service: string
  readonly environment: string
  readonly version: string
  /** The version that a revert returns to; null for a first release. */
  readonly stableVersion: string | null
  readonly phase: Phase
  /** The step of the strategy, from 1; after promotion, one more than there are. */
  readonly step: number
  readonly weightPercent: number
  /** The reason of a revert; null when there is none. */
  readonly reason: Reason | null
}

export interface CommandHome {
  readonly folder: string
  /** Null: the user of this process. */
  readonly user: User | null
}

export interface HookAnswer {
  readonly ok: boolean
  readonly detail: string
}

/**
 * @param hosts that may be called besides loopback. An address that is refused when it is declared is refused again here
 * @param home of a command: the folder that it runs in, which replaces `{artifact}` in its words, and its user
 * @param signal cancels the hook: the request is dropped, or the command's process group is ended, and the hook counts as failed
 */
export async function runHook(
  call: HookCall,
  signal: AbortSignal,
  hosts: readonly string[] = [],
  home?: CommandHome,
): Promise<HookAnswer> {
  const refused = 'http' in call.hook ? hookRefusal(call.hook.http, hosts) : null
  if (refused !== null) return { ok: false, detail: refused }
  return within(call.hook.timeoutMs, (late) => {
    const until = AbortSignal.any([signal, late])
    return 'http' in call.hook ? ask(call.hook.http, call, until) : execute(call.hook.command, call, until, home)
  })
}

/** Why a hook may not call this address; null when it may. */
export const hookRefusal = (url: string, hosts: readonly string[]): string | null =>
  hostRefusal(url, hosts, settings.hookHosts.variable)

const bodyOf = ({ hook: _, ...about }: HookCall): string => JSON.stringify(about)

/** How much of an answer or of output people see: its end, in one line. */
const longestWords = 400

const withWords = (detail: string, output: string): string => {
  const words = output.replaceAll(/\s+/g, ' ').trim().slice(-longestWords)
  return words === '' ? detail : `${detail}: ${words}`
}

/** 2xx is a pass. For a failure, the text of the answer is kept. */
async function ask(url: string, call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': call.idempotencyKey }
  const { host } = new URL(url)
  try {
    const answer = await fetch(url, { method: 'POST', headers, body: bodyOf(call), signal, redirect: 'error' })
    const detail = `${host} answered ${answer.status}`
    if (!answer.ok) return { ok: false, detail: withWords(detail, await beginningOf(answer.body).catch(() => '')) }
    await answer.body?.cancel()
    return { ok: true, detail }
  } catch (error) {
    return { ok: false, detail: `${host} did not answer${causeText(error, call)}` }
  }
}

/** Reads only as much of a body as people see, because it may be endless. */
async function beginningOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= longestWords) break
  }
  return text.slice(0, longestWords)
}

/** The reason behind fetch's 'fetch failed'. */
function causeText(error: unknown, { hook }: HookCall): string {
  const { name, message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException }
  if (name === 'TimeoutError') return ` within ${hook.timeoutMs} ms`
  return `: ${cause?.code ?? cause?.message ?? message}`
}

/** How long to wait for the end of the output, which a child of the command may keep open. */
const lastWordsMs = 200

/**
 * Exit code 0 is a pass. For a failure, the last output is kept. The command inherits only PATH and HOME. When its time is over, its whole
 * process group is ended.
 */
function execute(command: readonly string[], call: HookCall, signal: AbortSignal, home?: CommandHome): Promise<HookAnswer> {
  const [file = '', ...args] = command.map((word) => (home ? word.replaceAll('{artifact}', home.folder) : word))
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(home ? { cwd: home.folder, ...spawnAs(home.user) } : {}),
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output = `${output}${text}`.slice(-longestWords)))
      stream.on('error', () => {})
    }
    const end = () => void signalGroup(child.pid, 'SIGKILL')
    const answer = (ok: boolean, detail: string) => {
      signal.removeEventListener('abort', end)
      resolve({ ok, detail: ok ? `${file}: ${detail}` : withWords(`${file}: ${detail}`, output) })
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    child.once('error', (error) => answer(false, error.message))
    child.once('exit', (code, ended) => {
      const isLate = ended !== null && (signal.reason as Error | undefined)?.name === 'TimeoutError'
      const how = isLate ? `did not end within ${call.hook.timeoutMs} ms` : ended ? `ended by ${ended}` : `exit code ${code}`
      const done = () => answer(code === 0, how)
      const timer = setTimeout(done, lastWordsMs)
      child.once('close', () => (clearTimeout(timer), done()))
    })
    child.stdin.once('error', () => {})
    child.stdin.end(bodyOf(call))
  })
}
