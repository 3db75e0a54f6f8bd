/** Starts Temporal's dev server on loopback, with its data in one file and our search attributes. */
import { closeSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { Problem } from '../../domain/problem.ts'
import { searchAttributes } from '../../domain/temporal-names.ts'
import { listens } from './listens.ts'
import type { Child } from './process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { inherited } from '../../adapters/process/inherited.ts'
import { endLeftover, startChild, untilUp } from './process.ts'

export interface RunningTemporal {
  readonly address: string
  readonly uiUrl: string
  readonly child: Child
  /** Starts it again after it ended, on the same data and ports. Resolves before it is up. */
  again(): Promise<Child>
  /** Resolves when the server answers. */
  answers(): Promise<void>
  stop(): Promise<void>
}

export interface TemporalOptions {
  readonly path: string
  /** The folder of the database, the log and the pid file. */
  readonly folder: string
  readonly port?: number
  readonly uiPort?: number
  /** Base URL of the codec server that decrypts payloads for the Web UI, which appends `/decode`. */
  readonly codecUrl?: string
}

/** Go collects garbage once the heap has grown by half, instead of doubled. */
const smallHeap = { GOGC: '50' }

/**
 * Limits of Temporal that suit a large cluster and slow down one server on one machine: its dynamic configuration.
 *
 * - `timerProcessorMaxTimeShift` is the shortest time after which Temporal fires a timer. With the default of one second, the first pause
 *   before a repeated attempt takes a second, whatever the workflow asks for. The default allows for clocks that differ between servers.
 * - Temporal reads the tasks of a shard at most 20 times a second, and the dev server has one shard: each step of each workflow waits 50 ms
 *   for its activity, and 50 ms for the result. Temporal reads only when there is a task, so a higher limit costs nothing at rest.
 */
const pace: Readonly<Record<string, string>> = {
  'history.timerProcessorMaxTimeShift': '"50ms"',
  'history.transferProcessorMaxPollRPS': '1000',
  'history.timerProcessorMaxPollRPS': '1000',
}

const keywords = Object.values(searchAttributes)

export async function startTemporal({
  path,
  folder,
  port: wanted,
  uiPort: wantedUi,
  codecUrl,
}: TemporalOptions): Promise<RunningTemporal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [pidFile, logFile] = [join(folder, 'temporal.pid'), join(folder, 'temporal.log')]
  await endLeftover(pidFile)
  const database = join(folder, 'temporal.db')
  refuseForeign(database)
  const [port, uiPort, metricsPort] = [await freePort(wanted), await freePort(wantedUi), await freePort()]
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--ui-ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
  ]
  args.push('--db-filename', database, '--metrics-port', String(metricsPort), '--log-level', 'warn')
  args.push(...Object.entries(pace).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]))
  if (codecUrl !== undefined) args.push('--ui-codec-endpoint', codecUrl)
  args.push(...keywords.flatMap((name) => ['--search-attribute', `${name}=Keyword`]))
  const start = () => startChild({ command: path, args, env: { ...inherited(), ...smallHeap }, logFile, pidFile })
  const child = start()
  const address = `127.0.0.1:${port}`
  await untilUp('Temporal', child, logFile, async () => listens(child.pid, port) && (await isOurs(address)))
  const uiUrl = `http://127.0.0.1:${uiPort}`
  return { address, uiUrl, child, again: async () => start(), answers: () => answered(address), stop: () => child.stop() }
}

/** @throws Error when there is no answer */
async function answered(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 5_000 })
  await connection.close()
}

/** @throws Problem folder-unusable when the file exists and is no SQLite database */
function refuseForeign(database: string): void {
  let file: number | undefined
  try {
    file = openSync(database, 'r+')
    const head = Buffer.alloc(magic.length)
    readSync(file, head, 0, head.length, 0)
    if (head.equals(magic)) return
    throw new Error('it is no database of SQLite')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return
    throw new Problem('folder-unusable', `Temporal cannot use ${database}: ${(cause as Error).message}`, {
      hint: 'put it back from a copy, or move it away: releases that were in flight are then reverted, and histories are lost',
      cause,
    })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

const magic = Buffer.from('SQLite format 3\0')

/** Whether the server is up and ours: only a server that Holdfast started has our search attributes. */
async function isOurs(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 })
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' })
      return keywords.every((name) => name in customAttributes)
    } finally {
      await connection.close()
    }
  } catch {
    return false
  }
}
