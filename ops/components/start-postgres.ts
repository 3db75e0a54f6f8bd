/** A PostgreSQL of our own on loopback: made on the first start, kept after it, password-protected, never as root. */
import { mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { listens } from './listens.ts'
import { asNobody, clusterPassword, wrongPassword } from './postgres-cluster.ts'
import type { Child } from './process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { inherited } from '../../adapters/process/inherited.ts'
import { processes } from '../../adapters/process/process-table.ts'
import { endLeftover, endProcess, startChild, untilUp } from './process.ts'

export interface RunningPostgres {
  /** With its password: never log it. */
  readonly url: string
  readonly port: number
  readonly child: Child
  /** Once it has died: again, on the same data and port. Answers before it is up. */
  again(): Promise<Child>
  /** Whether it answers at all; it says so too while it recovers, or has no connection to spare. */
  answers(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresOptions {
  readonly binFolder: string
  /** Holds `data`, the password, the log and the pid file. */
  readonly folder: string
  readonly port?: number
  readonly settings?: Readonly<Record<string, string>>
  /** The password that is kept was lost: the database gets a new one. */
  readonly renewPassword?: boolean
}

/** PostgreSQL's fast stop: SIGTERM would wait for every connection to go by itself. */
export const stopSignal = 'SIGINT'

/**
 * Starts the cluster in `folder`, made on the first call; whatever was left running on it is ended before.
 * @throws Problem port-taken, folder-unusable, component-missing when it does not come up
 */
export async function startPostgres({
  binFolder,
  folder,
  port: wanted,
  settings = {},
  renewPassword = false,
}: PostgresOptions): Promise<RunningPostgres> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [data, pidFile, logFile] = [join(folder, 'data'), join(folder, 'postgres.pid'), join(folder, 'postgres.log')]
  await endLeftover(pidFile, stopSignal)
  await freeData(data)
  const password = await clusterPassword({ binFolder, folder, renewPassword })
  const port = await freePort(wanted)
  const set = {
    // What is kept here is small, and the system caches files too.
    shared_buffers: '32MB',
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
  }
  const args = Object.entries(set).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = '', ...before] = [...asNobody(), join(binFolder, 'postgres')]
  const env = { PATH: inherited().PATH, LC_ALL: 'C' }
  const start = () => startChild({ command, args: [...before, '-D', data, ...args], env, logFile, pidFile })
  const child = start()
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await untilUp('PostgreSQL', child, logFile, async () => listens(child.pid, port) && (await isOurs(url, data)))
  const again = async () => {
    await freeData(data)
    return start()
  }
  return { url, port, child, again, answers: () => answered(url), stop: () => child.stop(10_000, stopSignal) }
}

/**
 * PostgreSQL's own lock names a pid only. Where that is a server on this very folder (our pid file was lost) it is ended. Where the number
 * is another process's by now, or that of a dead one whose parent has not asked after it, the server would refuse to start for ever: the
 * lock goes, but not before the last backend of the server that died, which may still write.
 */
async function freeData(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = lockedBy(lock)
  if (pid > 0 && worksIn(pid, data)) return endProcess(pid, stopSignal, 10_000)
  for (const backend of processes()) if (worksIn(backend, data)) await endProcess(backend, 'SIGQUIT', 10_000)
  rmSync(lock, { force: true })
}

/** Zero where there is no lock, or none that says whose it is. */
function lockedBy(lock: string): number {
  try {
    return Number(readFileSync(lock, 'utf8').split('\n')[0]) || 0
  } catch {
    return 0
  }
}

/** A server changes into its data folder, and its backends are there with it; a dead process is nowhere, and a shell no server. */
function worksIn(pid: number, folder: string): boolean {
  try {
    const isServer = /^postgres\b/.test(basename(readlinkSync(`/proc/${pid}/exe`)))
    return isServer && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

/** Up, and ours: a stranger on this port would not know the password, nor serve our folder. */
async function isOurs(url: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory === data
  } catch (error) {
    // It is ours by its process already (`listens`), so it is its password that is not.
    if ((error as { code?: unknown }).code === '28P01') throw wrongPassword(dirname(data))
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** A refusal with a code of PostgreSQL's is an answer. @throws Error when there is none */
async function answered(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } catch (error) {
    if (!/^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code))) throw error
  } finally {
    await client.end().catch(() => {})
  }
}
