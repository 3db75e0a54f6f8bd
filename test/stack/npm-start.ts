/** `npm start` as a person runs it, in its own folder. It ends on Ctrl-C, and nothing of it may be left. */
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient } from '../../cli/client.ts'
import type { Client } from '../../cli/client.ts'
import { readCredential } from '../../cli/credentials.ts'
import { credentialsFileOf } from '../../cli/settings.ts'
import { signalGroup } from '../../adapters/process/process-group.ts'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')

export interface Started extends AsyncDisposable {
  /** The pid of its process, which leads a group. */
  readonly pid: number
  readonly lines: readonly string[]
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>
  /** Resolves with the milliseconds from the start to the first line that matches. */
  seen(pattern: RegExp, withinMs: number): Promise<number>
  /** A client with the key that the start wrote. */
  client(): Client
  /** Sends SIGINT and resolves with the exit code. */
  interrupt(): Promise<number | null>
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A prefix of the command, such as `unshare`. */
  readonly under?: readonly string[]
}

/** Starts it with its state and credentials in `folder`. */
export function npmStart(folder: string, port: number, { args = [], env: more = {}, under = [] }: StartOptions = {}): Started {
  const startedAtMs = Date.now()
  const own = { HOLDFAST_HOME: join(folder, 'home'), XDG_CONFIG_HOME: join(folder, 'config'), NO_COLOR: '1' }
  const env = { ...process.env, ...own, ...more }
  const whole = [...under, process.execPath, join(root, 'bin/bootstrap.mjs'), 'start', '--port', String(port), ...args]
  const [command = '', ...rest] = whole
  const child = spawn(command, rest, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: { readonly text: string; readonly afterMs: number }[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => lines.push({ text, afterMs: Date.now() - startedAtMs }))
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const url = `http://127.0.0.1:${port}`
  const started: Started = {
    pid: child.pid ?? 0,
    exited,
    get lines() {
      return lines.map(({ text }) => text)
    },
    seen: async (pattern, withinMs) =>
      (
        await until(`${pattern} in the output`, () => lines.find(({ text }) => pattern.test(text)), withinMs).catch(
          (error: Error) => {
            throw new Error(`${error.message}:\n${lines.map(({ text }) => text).join('\n')}`)
          },
        )
      ).afterMs,
    client: () => createClient({ url, token: async () => (await readCredential(credentialsFileOf(env), url)) ?? '' }),
    interrupt() {
      // Like Ctrl-C in a terminal, which signals the whole foreground group.
      if (!isOver()) process.kill(-started.pid, 'SIGINT')
      return exited
    },
    async [Symbol.asyncDispose]() {
      await started.interrupt()
    },
  }
  return started
}

/** Ends what a stack with `--keep-services` left, if the test fails before another stack takes it over. */
export const endingKept = (folder: string): Disposable => ({
  [Symbol.dispose]() {
    const lines = execFileSync('ps', ['-eo', 'pgid,args'], { encoding: 'utf8' }).split('\n')
    for (const line of lines.filter((each) => each.includes(folder))) signalGroup(Number.parseInt(line, 10), 'SIGTERM')
  },
})

/** Processes with the folder's name in their arguments, like all processes of a stack. */
export const leftIn = (folder: string): readonly string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && !line.startsWith('ps '))
