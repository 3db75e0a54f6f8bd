/** The users that released processes run as, if the operator names some. Only root may start processes as another user. */
import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Problem } from '../../domain/problem.ts'
import { settings } from '../settings.ts'

export interface User {
  readonly uid: number
  readonly gid: number
}

/** One user for all, or a range, of which each environment of a service gets its own. Those environments cannot reach each other. */
export type Users = { readonly one: User } | { readonly first: number; readonly last: number }

/** Options of `spawn`. Supplementary groups are dropped with the user. */
export const spawnAs = (user: User | null): Partial<User> => (user ? { uid: user.uid, gid: user.gid } : {})

const { variable } = settings.servicesUser
const homeVariable = settings.home.variable
const largest = 2 ** 32 - 2

/**
 * @param text a name, `uid:gid`, or a range `first-last`; empty: null, and they run as the user that starts the stack
 * @throws Problem invalid-config with the remedy
 */
export function readUsers(text: string): Users | null {
  if (text === '') return null
  if (process.getuid?.() !== 0)
    throw refused(
      'and only root may start processes as another user',
      'start it as root, or unset it: services then run as the user that starts the stack',
    )
  const accounts = readAccounts()
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (first !== undefined && last !== undefined) return range(Number(first), Number(last), accounts)
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? []
  const one = uid === undefined ? accounts.get(text) : { uid: Number(uid), gid: Number(gid) }
  if (!one)
    throw refused(
      `and there is no user ${text}`,
      'name a user of /etc/passwd, or write uid:gid, or a range of uids as first-last',
    )
  if (one.uid === 0 || one.gid === 0 || one.uid > largest || one.gid > largest)
    throw refused(`and ${text} is root's, or no user`, 'name a user that has nothing else to do')
  return { one }
}

function range(first: number, last: number, accounts: ReadonlyMap<string, User>): Users {
  if (first === 0 || last < first || last > largest)
    throw refused(`and ${first}-${last} is no range of users`, 'write first-last')
  const used = [...accounts].find(([, { uid, gid }]) => (uid >= first && uid <= last) || (gid >= first && gid <= last))
  if (used) throw refused(`and ${used[0]} is a user in ${first}-${last}`, 'choose a range that nobody has')
  return { first, last }
}

const refused = (why: string, hint: string): Problem => new Problem('invalid-config', `${variable} is set, ${why}`, { hint })

function readAccounts(): ReadonlyMap<string, User> {
  try {
    const rows = readFileSync('/etc/passwd', 'utf8').split('\n')
    return new Map(
      rows.map((row) => row.split(':')).map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
    )
  } catch {
    return new Map()
  }
}

/**
 * Creates the folder that `users` work in. They may enter it, but cannot list it. Then checks that this process may become them.
 * @throws Problem folder-unusable, invalid-config
 */
export function openUsersFolder(folder: string, users: Users): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new Problem('folder-unusable', `services run in ${folder}, which is not a folder of root's alone`, {
      hint: `see whose it is, and remove it; or choose another ${homeVariable}: it lies beside that`,
    })
  chmodSync(folder, 0o711)
  const user = 'one' in users ? users.one : { uid: users.first, gid: users.first }
  refuseImpassable(folder, user)
  const { error } = spawnSync(process.execPath, ['--version'], { ...spawnAs(user), stdio: 'ignore' })
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  // EACCES means that the process did become that user, who may not execute this Node.
  if (code !== undefined && code !== 'EACCES')
    throw refused(
      `and nothing can be started as user ${user.uid} (${code})`,
      'this machine or container lets nobody become that user',
    )
}

function refuseImpassable(folder: string, user: User): void {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & bit) === 0)
      throw new Problem(
        'folder-unusable',
        `user ${user.uid} of ${variable} cannot pass through ${at}, and services run in ${folder}`,
        {
          hint: `choose ${homeVariable} in a folder that others may pass through, /var/lib say, or run 'chmod o+x ${at}'`,
        },
      )
    if (at === dirname(at)) return
  }
}
