/** A PostgreSQL of our own on loopback: made on the first start, kept after it, password-protected, never as root. */
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { Problem } from '../../domain/problem.ts'
import { run } from './component.ts'
import { listens } from './listens.ts'
import type { Child } from './process.ts'
import { freePort } from '../../adapters/free-port.ts'
import { endLeftover, endProcess, startChild, untilUp } from './process.ts'

export interface RunningPostgres {
  /** With its password: never log it. */
  readonly url: string
  readonly port: number
  readonly child: Child
  stop(): Promise<void>
}

export interface PostgresOptions {
  readonly binFolder: string
  /** Holds `data`, the password, the log and the pid file. */
  readonly folder: string
  readonly port?: number
  readonly settings?: Readonly<Record<string, string>>
}

/** PostgreSQL refuses root: a user namespace makes us somebody else without changing who owns the files. */
const asNobody = (): readonly string[] =>
  process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : []

/**
 * Starts the cluster in `folder`, made on the first call; whatever was left running on it is ended before.
 * @throws Problem port-taken, folder-unusable, component-missing when it does not come up
 */
export async function startPostgres({
  binFolder,
  folder,
  port: wanted,
  settings = {},
}: PostgresOptions): Promise<RunningPostgres> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [data, pidFile, logFile] = [join(folder, 'data'), join(folder, 'postgres.pid'), join(folder, 'postgres.log')]
  await endLeftover(pidFile, 'SIGINT')
  await freeData(data)
  const password = await initialised(binFolder, folder, data)
  const port = await freePort(wanted)
  const set = {
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
  }
  const args = Object.entries(set).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = '', ...before] = [...asNobody(), join(binFolder, 'postgres')]
  const child = startChild({
    command,
    args: [...before, '-D', data, ...args],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    logFile,
    pidFile,
  })
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await untilUp('PostgreSQL', child, logFile, async () => listens(child.pid, port) && (await isOurs(url, data)))
  return { url, port, child, stop: () => child.stop(10_000, 'SIGINT') }
}

/** Makes the cluster once; a half-made one (no password kept) is made again. */
async function initialised(binFolder: string, folder: string, data: string): Promise<string> {
  const file = join(folder, 'password')
  if (existsSync(file) && existsSync(join(data, 'PG_VERSION'))) {
    await refuseOtherMajor(binFolder, data)
    return readFileSync(file, 'utf8')
  }
  rmSync(data, { recursive: true, force: true })
  const password = randomBytes(24).toString('base64url')
  const pending = join(folder, 'password.new')
  writeFileSync(pending, password, { mode: 0o600 })
  const [command = '', ...before] = [...asNobody(), join(binFolder, 'initdb')]
  const args = ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${pending}`, '--encoding=UTF8', '--locale=C']
  await run(command, [...before, ...args], { env: { PATH: process.env['PATH'], LC_ALL: 'C' } }).catch(
    (cause: Error & { stderr?: string }) => {
      throw cannotMake(data, cause.stderr ?? cause.message, cause)
    },
  )
  renameSync(pending, file)
  return password
}

function cannotMake(data: string, said: string, cause: Error): Problem {
  const lines = said.trim().split('\n')
  // What went wrong comes before the tidying up that initdb tells of at its end.
  const last = lines.findLast((line) => /error|fatal|panic|could not|unshare/i.test(line)) ?? lines.at(-1) ?? ''
  const hint = /unshare/.test(last)
    ? 'PostgreSQL does not run as root, and this machine refuses user namespaces: start as another user, or set DATABASE_URL'
    : `initdb said: ${last}`
  return new Problem('folder-unusable', `no database can be made in ${data}`, { hint, cause })
}

async function refuseOtherMajor(binFolder: string, data: string): Promise<void> {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  const { stdout } = await run(join(binFolder, 'postgres'), ['--version'])
  if (stdout.includes(` ${made}.`)) return
  throw new Problem('folder-unusable', `${data} is of PostgreSQL ${made}, and this is ${stdout.trim()}`, {
    hint: 'set HOLDFAST_POSTGRES_BIN to the programs of that version, or move the folder away to begin anew',
  })
}

/**
 * PostgreSQL's own lock names a pid only. Where that is a server on this very folder (our pid file was lost) it is ended. Where the number
 * is another process's by now, or that of a dead one whose parent has not asked after it, the server would refuse to start for ever: the
 * lock goes, but not before the last backend of the server that died, which may still write.
 */
async function freeData(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8').split('\n')[0]) : 0
  if (pid <= 0 || !existsSync(`/proc/${pid}`)) return
  if (worksIn(pid, data)) return endProcess(pid, 'SIGINT', 10_000)
  for (const backend of processes()) if (worksIn(backend, data)) await endProcess(backend, 'SIGQUIT', 10_000)
  rmSync(lock, { force: true })
}

const processes = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)

/** A server changes into its data folder, and its backends are there with it; a dead process is nowhere. */
function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
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
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
