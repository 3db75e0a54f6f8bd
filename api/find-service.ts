/** The declared service that a path or a query names. */
import type { ServiceRow } from '../adapters/postgres/services/services.ts'
import { Problem } from '../domain/problem.ts'
import type { ApiDependencies } from './dependencies.ts'

/** @throws Problem not-found */
export async function findService(dependencies: Pick<ApiDependencies, 'services'>, name: string): Promise<ServiceRow> {
  const row = await dependencies.services.read(name)
  if (row) return row
  throw new Problem('not-found', `there is no service ${name}`, { hint: "'holdfast service list' shows the existing ones" })
}
