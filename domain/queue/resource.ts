/** What only one workflow at a time may change: an environment today, a database tomorrow. */
import type { EnvironmentRef } from '../identity.ts'
import { environmentKey } from '../identity.ts'

/** The key of a resource's row. Ids are unique within their kind. */
export const resourceKey = (kind: string, id: string): string => `${kind}:${id}`

export const environmentResource = (environment: EnvironmentRef): string =>
  resourceKey('environment', environmentKey(environment))
