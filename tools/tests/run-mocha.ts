/** Runs mocha in a process group of its own. Only the result file that it writes counts, not its exit code alone. */
import { spawn } from 'node:child_process'
import { existsSync, writeSync } from 'node:fs'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { signalGroup } from '../../adapters/process/process-group.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface MochaRun {
  readonly passed: number
  readonly failed: number
  readonly leftOut: readonly { readonly title: string; readonly reason: string }[]
  readonly failures: readonly { readonly title: string; readonly reason: string }[]
  /** Failures of the run itself: a crash, too much time, a process that it left. Counted in `failed`. */
  readonly trouble: readonly string[]
}

export interface MochaOptions {
  readonly root: string
  readonly files: readonly string[]
  /** Time after which the whole process group is ended. */
  readonly limitMs: number
  /** How long the process may run after its last test. */
  readonly lingerMs?: number
  /** Where its output goes; a number is an open file. */
  readonly stdio?: 'inherit' | 'ignore' | number
  readonly signal?: AbortSignal
}

const Titled = z.object({ title: z.string(), reason: z.string() })
const Result = z.object({ passed: z.number(), failed: z.number(), leftOut: z.array(Titled), failures: z.array(Titled) })
const nothing = { passed: 0, failed: 0, leftOut: [], failures: [] }

/** Runs mocha with the settings of `.mocharc.json`. Never rejects: its own failures are `trouble`. */
export async function runMocha(options: MochaOptions): Promise<MochaRun> {
  if (options.files.length === 0) return { ...nothing, failed: 1, trouble: ['it has no test files'] }
  if (options.signal?.aborted) return { ...nothing, failed: 1, trouble: ['it was interrupted'] }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'holdfast-tests-'))
  const resultFile = join(folder.path, 'result.json')
  const end = await runProcess(options, resultFile)
  const read = await readResult(resultFile)
  const trouble = [...(end.trouble ? [end.trouble] : []), ...(read ? [] : [await withoutResult(end, resultFile)])]
  const result = read ?? nothing
  if (trouble.length === 0 && end.code !== 0 && result.failed === 0)
    trouble.push(`mocha ended with ${end.code} though no test failed`)
  return { ...result, failed: result.failed + trouble.length, trouble }
}

/** Long enough for services to drain and servers to write their data. */
const killAfterMs = 15_000
/** Characters. */
const longestWords = 4_000

interface ProcessEnd {
  readonly code: string | number
  /** The last characters of stderr, where Node prints a fatal error. */
  readonly lastWords: string
  readonly trouble?: string
}

async function runProcess(options: MochaOptions, resultFile: string): Promise<ProcessEnd> {
  const { root, files, limitMs, lingerMs = 15_000, stdio = 'inherit', signal } = options
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
  const child = spawn(process.execPath, [mocha, '--reporter-option', `result=${resultFile}`, ...files], {
    cwd: root,
    stdio: ['ignore', stdio, 'pipe'],
    detached: true,
  })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-longestWords)
    if (stdio === 'inherit') process.stderr.write(text)
    if (typeof stdio === 'number') writeSync(stdio, text)
  })
  const ended = new Promise<string | number>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, exitSignal) => resolve(code ?? exitSignal ?? 'unknown'))
  })
  let trouble: string | undefined
  let kill: NodeJS.Timeout | undefined
  // SIGTERM first, so that the tests can end in order what they started.
  const endFor = (reason: string): void => {
    trouble ??= reason
    signalGroup(child.pid, 'SIGTERM')
    kill ??= setTimeout(signalGroup, killAfterMs, child.pid, 'SIGKILL')
  }
  const limit = setTimeout(endFor, Math.min(limitMs, longestTimerMs), `it took longer than its share of ${limitMs / 1000} s`)
  let doneTicks = 0
  const linger = setInterval(() => {
    if (existsSync(resultFile) && ++doneTicks * 500 > lingerMs)
      endFor('its tests were over, but something they started was still open')
  }, 500)
  const abort = (): void => endFor('it was interrupted')
  signal?.addEventListener('abort', abort, { once: true })
  const code = await ended
  clearTimeout(limit)
  clearInterval(linger)
  clearTimeout(kill)
  signal?.removeEventListener('abort', abort)
  if (await outlives(child.pid)) {
    trouble ??= 'it left processes behind'
    signalGroup(child.pid, 'SIGTERM')
    if (await outlives(child.pid)) signalGroup(child.pid, 'SIGKILL')
  }
  child.stderr?.destroy()
  return { code, lastWords, ...(trouble === undefined ? {} : { trouble }) }
}

/** Whether a process of the group still runs 2 s after its leader ended. */
async function outlives(pid: number | undefined): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    if (!signalGroup(pid, 0)) return false
    await pause(100)
  }
  return true
}

/** Says which test was running when mocha broke off: the reporter writes each test's name before it begins. */
async function withoutResult({ code, lastWords }: ProcessEnd, resultFile: string): Promise<string> {
  const running = await readFile(`${resultFile}.running`, 'utf8').catch(() => '')
  const where = running === '' ? '' : ` in '${running}'`
  return `mocha left no result: it ended with ${code}${where}${lastWords.trim() === '' ? '' : `; last on stderr:\n${lastWords.trim()}`}`
}

async function readResult(file: string): Promise<z.infer<typeof Result> | undefined> {
  try {
    return Result.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}
