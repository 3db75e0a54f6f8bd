/** Starts Holdfast's own PostgreSQL on loopback, with a password and never as root. The first start makes its data. */
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
  /** Starts it again after it ended, on the same data and port. Resolves before it is up. */
  again(): Promise<Child>
  /** Resolves when the server answers, even if it is recovering or has no free connection. */
  answers(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresOptions {
  readonly binFolder: string
  /** The folder of `data`, the password, the log and the pid file. */
  readonly folder: string
  readonly port?: number
  readonly settings?: Readonly<Record<string, string>>
  /** Gives the database a new password, because the stored one was lost. */
  readonly renewPassword?: boolean
}

/** PostgreSQL's fast shutdown. After SIGTERM it would wait until every client disconnects. */
export const stopSignal = 'SIGINT'

/**
 * Starts the cluster in `folder`, and makes it on the first call. It first ends a server that was left running on this folder. @throws
 * Problem port-taken, folder-unusable; component-missing when the server does not come up
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
    // The data is small, and the system caches files too.
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
 * PostgreSQL's own lock file names only a pid. If that pid is a server on this folder (our pid file was lost), this ends it. If it is
 * another process by now, or a zombie, PostgreSQL would refuse to start for ever, so this removes the lock. Before that it ends the
 * backends of the server that died, because they may still write.
 */
async function freeData(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = lockedBy(lock)
  if (pid > 0 && worksIn(pid, data)) return endProcess(pid, stopSignal, 10_000)
  for (const backend of processes()) if (worksIn(backend, data)) await endProcess(backend, 'SIGQUIT', 10_000)
  rmSync(lock, { force: true })
}

/** Zero without a lock, or if the lock names no pid. */
function lockedBy(lock: string): number {
  try {
    return Number(readFileSync(lock, 'utf8').split('\n')[0]) || 0
  } catch {
    return 0
  }
}

/** Whether `pid` is a PostgreSQL process whose working folder is `folder`: a server and its backends work in the data folder. */
function worksIn(pid: number, folder: string): boolean {
  try {
    const isServer = /^postgres\b/.test(basename(readlinkSync(`/proc/${pid}/exe`)))
    return isServer && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

/** Whether the server is up and serves our folder. Another server on this port would not. */
async function isOurs(url: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory === data
  } catch (error) {
    // `listens` has shown that the server is ours, so the stored password is wrong.
    if ((error as { code?: unknown }).code === '28P01') throw wrongPassword(dirname(data))
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** An error with a code of PostgreSQL's counts as an answer. @throws Error when there is none */
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
