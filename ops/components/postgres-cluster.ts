/** PostgreSQL's data folder and its password. They are made once, whole or not at all, and never over existing data. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inherited } from '../../adapters/process/inherited.ts'
import { Problem } from '../../domain/problem.ts'
import { run } from './component.ts'

export interface Cluster {
  readonly binFolder: string
  /** The folder of `data` and the password. */
  readonly folder: string
  /** Replaces the password. The owner of the data may do so without the old one. */
  readonly renewPassword?: boolean
}

/** PostgreSQL refuses to run as root. In a user namespace it runs as another user, and the owner of the files stays. */
export const asNobody = (): readonly string[] =>
  process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : []

const env = { PATH: inherited().PATH, LC_ALL: 'C' }

/** The password of the cluster in `folder`. Makes the cluster if there is none. @throws Problem folder-unusable; it removes nothing */
export async function clusterPassword(cluster: Cluster): Promise<string> {
  const { binFolder, folder } = cluster
  const [data, file, pending] = [join(folder, 'data'), passwordFile(folder), join(folder, 'password.new')]
  if (!holdsSomething(data)) {
    if (existsSync(file))
      throw refused(`${folder} has a password and no data: it was moved, or its disk is not there`, {
        hint: `put ${data} back, or remove ${file} to begin with an empty database`,
      })
    await make(cluster, data, pending)
  }
  await refuseOtherMajor(binFolder, data)
  // An earlier start was killed between the two renames of `make`: the data is whole, and this is its password.
  if (!existsSync(file) && existsSync(pending)) renameSync(pending, file)
  if (cluster.renewPassword) await renew(cluster, data, file)
  return readPassword(file)
}

/** The server refused the stored password. */
export const wrongPassword = (folder: string): Problem => lost(passwordFile(folder), 'is not the password of the database')

const passwordFile = (folder: string): string => join(folder, 'password')

function holdsSomething(data: string): boolean {
  try {
    return readdirSync(data).length > 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw refused(`${data} cannot be read: ${(error as Error).message}`, { hint: 'make it readable for you again', cause: error })
  }
}

function readPassword(file: string): string {
  let password: string
  try {
    password = readFileSync(file, 'utf8')
  } catch (error) {
    throw lost(file, (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is lost' : 'cannot be read', error)
  }
  if (!/^[\w-]{32}$/.test(password)) throw lost(file, 'does not contain a password of Holdfast')
  return password
}

const lost = (file: string, what: string, cause?: unknown): Problem =>
  refused(`${file} ${what}; the database is left as it is`, {
    hint: "put it back from a copy, or let 'npm start -- --renew-secrets' give the database a new password",
    cause,
  })

const refused = (message: string, more: { readonly hint: string; readonly cause?: unknown }): Problem =>
  new Problem('folder-unusable', message, more)

/** Makes the cluster under another name first: a folder called `data` is always whole, and Holdfast never removes it. */
async function make({ binFolder }: Cluster, data: string, pending: string): Promise<void> {
  const half = `${data}.new`
  rmSync(half, { recursive: true, force: true })
  writeFileSync(pending, newPassword(), { mode: 0o600 })
  const [command = '', ...before] = [...asNobody(), join(binFolder, 'initdb')]
  const args = ['-D', half, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${pending}`, '--encoding=UTF8', '--locale=C']
  await run(command, [...before, ...args], { env }).catch((cause: Error & { stderr?: string }) => {
    throw cannotMake(data, cause.stderr ?? cause.message, cause)
  })
  renameSync(half, data)
  renameSync(pending, passwordFile(join(data, '..')))
}

const newPassword = (): string => randomBytes(24).toString('base64url')

/** Uses PostgreSQL's single-user mode, which needs no password. */
async function renew({ binFolder }: Cluster, data: string, file: string): Promise<void> {
  const password = newPassword()
  const pending = `${file}.renewed`
  writeFileSync(pending, password, { mode: 0o600 })
  const [command = '', ...before] = [...asNobody(), join(binFolder, 'postgres')]
  const single = run(command, [...before, '--single', '-D', data, 'postgres'], { env })
  single.child.stdin?.end(`alter role postgres password '${password}'\n`)
  await single.catch((cause: Error) => {
    throw refused(`the database in ${data} got no new password`, { hint: cause.message, cause })
  })
  if (existsSync(file)) renameSync(file, `${file}.before`)
  renameSync(pending, file)
}

function cannotMake(data: string, output: string, cause: Error): Problem {
  const lines = output.trim().split('\n')
  // initdb prints the error first and its clean-up last.
  const last = lines.findLast((line) => /error|fatal|panic|could not|unshare/i.test(line)) ?? lines.at(-1) ?? ''
  const hint = /unshare/.test(last)
    ? 'PostgreSQL does not run as root, and this machine refuses user namespaces: start as another user, or set DATABASE_URL'
    : `initdb said: ${last}`
  return refused(`no database can be made in ${data}`, { hint, cause })
}

async function refuseOtherMajor(binFolder: string, data: string): Promise<void> {
  const made = await Promise.resolve()
    .then(() => readFileSync(join(data, 'PG_VERSION'), 'utf8').trim())
    .catch((cause: unknown) => {
      throw refused(`${data} is no database of PostgreSQL, or not whole: it has no PG_VERSION that can be read`, {
        hint: 'put it back from a copy, or move it and the password beside it away to begin anew',
        cause,
      })
    })
  const { stdout } = await run(join(binFolder, 'postgres'), ['--version'])
  if (stdout.includes(` ${made}.`)) return
  throw refused(`${data} is of PostgreSQL ${made}, and this is ${stdout.trim()}`, {
    hint: 'set HOLDFAST_POSTGRES_BIN to the programs of that version, or move the folder away to begin anew',
  })
}
