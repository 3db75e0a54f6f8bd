/** Worker processes for one test, as `npm start` runs them, on the run's Temporal server and their own database. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiledCode } from '../../adapters/process/inherited.ts'
import type { Child } from '../../ops/components/process.ts'
import { startChild } from '../../ops/components/process.ts'
import { builtWorkflows } from '../../ops/up/bundle.ts'
import { untilReady } from '../../ops/up/ready.ts'
import { controlHeap } from '../../ops/up/young-heap.ts'
import { until } from './until.ts'

const root = join(import.meta.dirname, '../..')

/** Names with a 2 are second workers of the same kind, which only some tests start. */
export type WorkerName = 'control' | 'act' | 'analysis' | 'control-2' | 'act-2'

export interface Workers extends AsyncDisposable {
  readonly logs: string
  /** Sends SIGKILL and resolves once the process has ended. */
  kill(name: WorkerName): Promise<void>
  /** Starts it with these additional variables. */
  start(name: WorkerName, env?: Readonly<Record<string, string>>): Promise<void>
  /** Resolves with the text of its `/metrics`. */
  metrics(name: WorkerName): Promise<string>
  pid(name: WorkerName): number | undefined
  /** Resolves when it has ended for any reason. */
  exited(name: WorkerName): Promise<unknown>
}

export async function startWorkers(env: Readonly<Record<string, string>>): Promise<Workers> {
  const logs = mkdtempSync(join(tmpdir(), 'hf-workers-'))
  const bundle = await builtWorkflows(join(tmpdir(), 'holdfast-test-bundles'))
  const children = new Map<WorkerName, Child>()
  const ports = new Map<WorkerName, number>()
  const workers: Workers = {
    logs,
    async kill(name) {
      const child = children.get(name)
      if (child) process.kill(child.pid, 'SIGKILL')
      await child?.exited
    },
    metrics: async (name) => (await fetch(`http://127.0.0.1:${ports.get(name)}/metrics`)).text(),
    pid: (name) => children.get(name)?.pid,
    exited: async (name) => children.get(name)?.exited,
    async start(name, more = {}) {
      const settings = {
        ...env,
        ...more,
        HOLDFAST_WORKFLOW_BUNDLE: bundle,
        HOLDFAST_METRICS_PORT: '0',
        LOG_LEVEL: 'info',
      }
      const child = startChild({
        command: process.execPath,
        args: [...controlHeap, join(root, `workers/${name.replace('-2', '')}.ts`)],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compiledCode(), ...settings },
        logFile: join(logs, `${name}.log`),
      })
      children.set(name, child)
      const port = await metricsPort(join(logs, `${name}.log`), child)
      ports.set(name, port)
      await untilReady([`http://127.0.0.1:${port}/readyz`], logs)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...children.values()].map((child) => child.stop(10_000)))
      rmSync(logs, { recursive: true, force: true })
    },
  }
  await Promise.all((['control', 'act', 'analysis'] as const).map((name) => workers.start(name)))
  return workers
}

/** The port from the worker's log. A port that is free before its start may be taken by then. */
const metricsPort = (logFile: string, { pid, hasExited }: Child): Promise<number> =>
  until(`${logFile} to name the port of ${pid}`, () => {
    const text = readFileSync(logFile, 'utf8')
    if (hasExited()) throw new Error(`a worker ended at its start: ${text.slice(-500)}`)
    const line = text.split('\n').find((each) => each.includes(`"pid":${pid},`) && each.includes('"metricsPort"'))
    return line === undefined ? undefined : (JSON.parse(line) as { metricsPort: number }).metricsPort
  })
