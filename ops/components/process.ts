/** Child processes, each with its own process group, a log file, and a pid file by which the next starter finds it. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Server } from 'node:net'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../domain/problem.ts'
import { longestTimerMs } from '../../domain/bounds.ts'
import { signalGroup } from '../../adapters/process/process-group.ts'
import { startTime } from '../../adapters/process/process-table.ts'
import { leftRunning, mark } from './left-running.ts'

export interface Child {
  readonly pid: number
  /** Resolves with a sentence when the process has ended. */
  readonly exited: Promise<string>
  hasExited(): boolean
  /** SIGTERM (or `signal`), then SIGKILL to the group after `graceMs`. */
  stop(graceMs?: number, signal?: NodeJS.Signals): Promise<void>
  /** Lets the child run on. It no longer keeps this process alive. */
  leave(): void
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly logFile: string
  readonly pidFile?: string
  readonly cwd?: string
  /** What listens already and is served by the child from now on: its first message, after which nothing joins the two. */
  readonly listener?: Server
}

/**
 * Starts a detached child. Ctrl-C in a terminal signals the whole group, and children must end in order instead. On a full disk the child
 * starts without its log and pid file, and the next starter finds it by its mark.
 */
export function startChild({ command, args, env, logFile, pidFile, cwd, listener }: ChildOptions): Child {
  const log = opened(logFile)
  const child = spawn(command, [...args], {
    env: pidFile ? { ...env, [mark]: pidFile } : env,
    detached: true,
    stdio: ['ignore', log ?? 'ignore', log ?? 'ignore', ...(listener ? (['ipc'] as const) : [])],
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (log !== undefined) closeSync(log)
  let ended: string | undefined
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve((ended = error.message)))
    child.once('exit', (code, signal) => resolve((ended = signal ? `ended by ${signal}` : `exit code ${code}`)))
  })
  const pid = child.pid ?? -1
  if (listener) handOver(child, listener)
  if (pidFile && pid > 0) note(pidFile, pid)
  void exited.then(() => pidFile && forget(pidFile))
  const started: Child = {
    pid,
    exited,
    hasExited: () => ended !== undefined,
    async stop(graceMs = 10_000, signal = 'SIGTERM') {
      if (ended !== undefined) return
      signalGroup(pid, signal)
      const inTime = await Promise.race([
        exited.then(() => true),
        sleep(Math.min(graceMs, longestTimerMs), false, { ref: false }),
      ])
      if (!inTime) signalGroup(pid, 'SIGKILL')
      await exited
    },
    leave() {
      child.unref()
      living.delete(started)
    },
  }
  living.add(started)
  void exited.then(() => living.delete(started))
  return started
}

function handOver(child: ChildProcess, listener: Server): void {
  child.send('listener', listener, () => {
    listener.close()
    if (child.connected) child.disconnect()
  })
}

function opened(logFile: string): number | undefined {
  try {
    return openSync(logFile, 'a', 0o600)
  } catch {
    return undefined
  }
}

function note(pidFile: string, pid: number): void {
  try {
    writeFileSync(pidFile, JSON.stringify({ pid, startedAt: startTime(pid) }), { mode: 0o600 })
  } catch {
    // The disk is full: `leftRunning` finds the process by its mark.
  }
}

/** If the file stays, it does no harm: its readers compare the start time. */
function forget(pidFile: string): void {
  try {
    rmSync(pidFile, { force: true })
  } catch {
    // The path is no file that can be removed.
  }
}

const living = new Set<Child>()

/** Children of this process that have not ended, first started first. */
export const livingChildren = (): readonly Child[] => [...living]

/** Takes over the process that an earlier starter left running, if the pid is still the same process. */
export function adoptChild(pidFile: string): Child | undefined {
  const left = leftRunning(pidFile)
  if (!left) return undefined
  const { pid, startedAt } = left
  const isGone = () => startTime(pid) !== startedAt
  let isLeft = false
  const exited = (async () => {
    while (!isGone()) {
      if (isLeft) return 'left to itself'
      await sleep(200)
    }
    forget(pidFile)
    return 'ended'
  })()
  return {
    pid,
    exited,
    hasExited: isGone,
    async stop(graceMs = 10_000, signal = 'SIGTERM') {
      if (!isGone()) await endProcess(pid, signal, graceMs)
      await exited
    },
    leave() {
      isLeft = true
    },
  }
}

/** Ends the process that a killed starter left, if the pid is still the same process. */
export async function endLeftover(pidFile: string, signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<boolean> {
  const left = leftRunning(pidFile)
  if (!left) return false
  await endProcess(left.pid, signal, graceMs)
  forget(pidFile)
  return true
}

/** Ends a process that is not a child of ours, with its group: `signal`, then SIGKILL after `graceMs`. */
export async function endProcess(pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const startedAt = startTime(pid)
  const isThere = () => startedAt !== '' && startTime(pid) === startedAt
  const send = (sent: NodeJS.Signals) => signalGroup(pid, sent) || (isThere() && signalOne(pid, sent))
  send(signal)
  const until = Date.now() + graceMs
  while (isThere()) {
    if (Date.now() > until) send('SIGKILL')
    await sleep(50)
  }
}

/** Whether the process of this pid file still runs. */
export const isRunning = (pidFile: string): boolean => leftRunning(pidFile) !== undefined

function signalOne(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/**
 * Polls until `isUp` answers true. It throws with the last lines of the log if the child ends or is not up after `withinMs`, and it throws
 * at once what `isUp` throws. It then stops the child.
 */
export async function untilUp(
  name: string,
  child: Child,
  logFile: string,
  isUp: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const until = Date.now() + withinMs
  try {
    while (!(await isUp())) {
      if (child.hasExited() || Date.now() > until) {
        const why = child.hasExited() ? await child.exited : `not up after ${withinMs / 1_000} s`
        throw new Problem('component-missing', `${name} did not start: ${why}`, { hint: `${tailOf(logFile)} (${logFile})` })
      }
      await sleep(40)
    }
  } catch (error) {
    await child.stop(1_000)
    throw error
  }
}

function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join(' | ')
  } catch {
    return 'there is no log'
  }
}
