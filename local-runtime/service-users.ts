/**
 * Which user the processes of an environment run as. Each environment gets a user of the range at its first process and keeps it, so that
 * files that a service left elsewhere on the machine never belong to another service.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { User, Users } from '../adapters/process/users.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'

export interface ServiceUsers {
  /** Null: the runtime's own user. @throws Problem target-unavailable when no user of the range is left */
  of(ref: EnvironmentRef): User | null
}

const UidByService = z.record(z.string(), z.int().positive())

export function openServiceUsers(home: string, users: Users | null): ServiceUsers {
  if (users === null) return { of: () => null }
  if ('one' in users) return { of: () => users.one }
  const { first, last } = users
  const file = join(home, 'service-users.json')
  // A file that cannot be read is an error. With a new one, an environment could get another's user.
  const given = UidByService.parse(readJsonFile(file) ?? {})
  return {
    of(ref) {
      const key = environmentKey(ref)
      const known = given[key]
      if (known !== undefined && known >= first && known <= last) return { uid: known, gid: known }
      const taken = new Set(Object.values(given))
      let uid = first
      while (taken.has(uid)) uid += 1
      if (uid > last)
        throw new Problem('target-unavailable', `no user of ${first}-${last} is left for ${key}`, {
          hint: 'widen the range in HOLDFAST_SERVICES_USER',
        })
      replaceFile(file, JSON.stringify({ ...given, [key]: uid }))
      given[key] = uid
      return { uid, gid: uid }
    },
  }
}
