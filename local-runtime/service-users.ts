/**
 * Which user the processes of an environment run as. Of a range, each environment has one from its first process on and keeps it: what a
 * service left elsewhere on the machine never becomes another's.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { User, Users } from '../adapters/process/users.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'

export interface ServiceUsers {
  /** Null: whoever runs the runtime. @throws Problem target-unavailable when the range has no more */
  of(ref: EnvironmentRef): User | null
}

const UidByService = z.record(z.string(), z.int().positive())

export function openServiceUsers(home: string, users: Users | null): ServiceUsers {
  if (users === null) return { of: () => null }
  if ('one' in users) return { of: () => users.one }
  const { first, last } = users
  const file = join(home, 'service-users.json')
  // What cannot be read is not made anew: an environment would get another's user.
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
