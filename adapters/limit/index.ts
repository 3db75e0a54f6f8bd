/** The stores that can keep clients' buckets, one line each. */
import { Problem } from '../../domain/problem.ts'
import type { Limit, LimitProvider, LimitSettings } from './limit.ts'
import { postgresLimit } from './postgres.ts'
import { redisLimit } from './redis.ts'

export const limitProviders: readonly LimitProvider[] = [postgresLimit, redisLimit]

/** Redis when it is configured, else the database. @throws Problem invalid-config for an unknown kind */
export function createLimit(settings: LimitSettings, kind = settings.redisUrl === '' ? 'postgres' : 'redis'): Limit {
  const provider = limitProviders.find((row) => row.kind === kind)
  if (!provider) throw new Problem('invalid-config', `there is no provider of limits '${kind}'`)
  return provider.create(settings)
}
