/** Runs a part of `npm test` in a process group of its own, so that its limit or Ctrl-C ends everything that it has started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { signalGroup } from '../../adapters/process/process-group.ts'
import { longestTimerMs } from '../../domain/bounds.ts'
import type { MochaRun } from './run-mocha.ts'

export interface ApartOptions {
  /** Time after which the whole process group is ended. */
  readonly limitMs: number
  readonly signal?: AbortSignal
  readonly stdio?: 'inherit' | 'ignore'
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number
}

const Sent = z.object({ passed: z.int(), failed: z.int(), trouble: z.array(z.string()) })
/** What the process sends before it ends. */
export type Sent = Pick<MochaRun, 'passed' | 'failed' | 'trouble'>

/** @param args a file with its arguments, which sends its result by `tellResult`. Never rejects: its own failures are `trouble` */
export async function runApart(args: readonly string[], options: ApartOptions): Promise<MochaRun> {
  const { limitMs, signal, stdio = 'inherit', graceMs = 5_000 } = options
  const empty = { leftOut: [], failures: [] }
  if (signal?.aborted) return { ...empty, passed: 0, failed: 1, trouble: ['it was interrupted'] }
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', stdio, stdio, 'ipc'], detached: true })
  let sent: Sent | undefined
  child.once('message', (message) => (sent = Sent.safeParse(message).data))
  let reason: string | undefined
  let kill: NodeJS.Timeout | undefined
  const endFor = (why: string): void => {
    reason ??= why
    signalGroup(child.pid, 'SIGTERM')
    kill ??= setTimeout(signalGroup, Math.min(graceMs, longestTimerMs), child.pid, 'SIGKILL')
  }
  const limit = setTimeout(endFor, Math.min(limitMs, longestTimerMs), `it took longer than its share of ${limitMs / 1000} s`)
  const abort = (): void => endFor('it was interrupted')
  signal?.addEventListener('abort', abort, { once: true })
  const [code, killedBy] = (await once(child, 'close').catch((error: Error) => [error.message])) as [unknown, unknown?]
  // What it started may outlive it, and would disturb what runs next.
  signalGroup(child.pid, 'SIGKILL')
  clearTimeout(limit)
  clearTimeout(kill)
  signal?.removeEventListener('abort', abort)
  const trouble = reason ?? (sent ? undefined : `it ended with ${String(code ?? killedBy)} before it told its result`)
  if (trouble === undefined && sent) return { ...empty, ...sent }
  const { passed = 0, failed = 0, trouble: told = [] } = sent ?? {}
  return { ...empty, passed, failed: failed + 1, trouble: [...told, ...(trouble === undefined ? [] : [trouble])] }
}

/** Called by the process of `runApart` when its work is done. It then ends, also where something is still open. */
export function tellResult({ passed, failed, trouble }: Sent): void {
  process.send?.({ passed, failed, trouble }, () => process.exit(0))
}
