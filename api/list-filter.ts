/** Turns the query of a list of releases or rollbacks into a filter for the database. */
import type { SubjectFilter } from '../adapters/postgres/releases/subject-filter.ts'
import type { ShownState } from '../domain/rollout/phase.ts'
import { Problem } from '../domain/problem.ts'
import { nearest } from '../schema/nearest.ts'
import { instantMs } from '../schema/queries.ts'
import type { ApiDependencies } from './dependencies.ts'
import { findService } from './find-service.ts'

interface Narrowed {
  readonly state?: readonly ShownState[] | undefined
  readonly environment?: string | undefined
  readonly since?: string | undefined
  readonly before?: string | undefined
}

/** @throws Problem not-found for a service or environment that does not exist, because an empty list would look like an answer */
export async function filterOf(
  dependencies: Pick<ApiDependencies, 'services'>,
  service: string | undefined,
  narrowed: Narrowed,
): Promise<SubjectFilter> {
  const { state = [], environment = null, since, before } = narrowed
  if (service !== undefined) {
    const names = (await findService(dependencies, service)).declaration.environments.map(({ name }) => name)
    if (environment !== null && !names.includes(environment)) {
      const near = nearest(environment, names)
      throw new Problem('not-found', `${service} has no environment ${environment}`, {
        hint: near === undefined ? `it has ${names.join(', ')}` : `did you mean '${near}'?`,
      })
    }
  }
  const nowMs = Date.now()
  const instant = (text: string | undefined) => (text === undefined ? null : new Date(instantMs(text, nowMs)))
  return { service: service ?? null, states: state, environment, since: instant(since), before: instant(before) }
}
