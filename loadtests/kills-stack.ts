/**
 * A stack whose parts are killed, including its starter. It runs as a process of its own, so that none of its parts is a child of this
 * process, which kills them.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../cli/client.ts'
import type { Client } from '../cli/client.ts'
import { readCredential } from '../cli/credentials.ts'
import { credentialsFileOf } from '../cli/settings.ts'
import { processes } from '../adapters/process/process-table.ts'
import { until } from '../test/stack/until.ts'

/** The parts, named like their pid files. `starter` starts and supervises the others. */
export const parts = [
  'starter',
  'api',
  'control',
  'control-2',
  'act',
  'analysis',
  'runtime',
  'postgres',
  'temporal',
  'service',
] as const
export type Part = (typeof parts)[number]

export interface KillsStack extends AsyncDisposable {
  readonly folder: string
  readonly client: Client
  /** The pid of a part; of a service by its revision. Undefined: it does not run now. */
  pidOf(part: Part, revision: string): number | undefined
  /** Starts the starter again if it was killed, as a person would. */
  startAgain(): Promise<void>
  /** Names of the working copies that are a process's working folder. */
  running(): readonly string[]
}

const main = join(import.meta.dirname, '../ops/up/main.ts')

/** @param args of the starter, besides its port */
export async function startKillsStack(
  folder: string,
  port: number,
  args: readonly string[] = ['--no-demo'],
): Promise<KillsStack> {
  const url = `http://127.0.0.1:${port}`
  const own = { HOLDFAST_HOME: join(folder, 'home'), XDG_CONFIG_HOME: join(folder, 'config'), HOLDFAST_RATE_LIMIT: '100000' }
  // An empty cache of compiled code, as on a first start.
  const env = { ...process.env, ...own, LOG_LEVEL: 'info', NO_COLOR: '1', NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const log = join(folder, 'starter.log')
  let starter = begin()
  function begin(): ChildProcess {
    const file = openSync(log, 'a')
    const child = spawn(process.execPath, ['--max-semi-space-size=2', main, ...args, '--port', String(port)], {
      ...{ env, detached: true, stdio: ['ignore', file, file] },
    })
    closeSync(file)
    return child
  }
  const isOver = () => starter.exitCode !== null || starter.signalCode !== null
  let seen = 0
  const isUp = async () => {
    await until(
      'Holdfast is up',
      () => {
        if (isOver()) throw new Error(`the starter ended: ${readFileSync(log, 'utf8').slice(-600)}`)
        return readFileSync(log, 'utf8').split('Holdfast is up').length - 1 > seen
      },
      120_000,
    )
    seen += 1
  }
  await isUp()
  const working = join(folder, 'home/runtime/working')
  const standing = () =>
    processes().flatMap((pid) => {
      const at = cwdOf(pid)
      return at?.startsWith(`${working}/`) ? [{ pid, name: at.slice(working.length + 1) }] : []
    })
  const stack: KillsStack = {
    folder,
    client: createClient({ url, token: async () => (await readCredential(credentialsFileOf(env), url)) ?? '', timeoutMs: 5_000 }),
    pidOf(part, revision) {
      if (part === 'starter') return isOver() ? undefined : starter.pid
      if (part === 'service') return standing().find(({ name }) => name.startsWith(revision))?.pid
      return pidIn(join(folder, 'home', ['postgres', 'temporal'].includes(part) ? part : '.', `${part}.pid`))
    },
    async startAgain() {
      if (!isOver()) return
      starter = begin()
      await isUp()
    },
    running: () => standing().map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await stack.startAgain()
      const over = new Promise((resolve) => starter.once('exit', resolve))
      starter.kill('SIGINT')
      await over
    },
  }
  return stack
}

function pidIn(file: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid
  } catch {
    return undefined
  }
}

function cwdOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Processes that still use `folder` after its stack has ended, by their arguments or working folder. */
export function leftOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return commandLine.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
          ? [`${pid} ${commandLine}`]
          : []
      } catch {
        return []
      }
    })
}
