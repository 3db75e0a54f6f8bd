/** Names, ids and workflow ids. A workflow's id begins with its type and says where and what it works on. */
import { Problem } from './problem.ts'
import type { ShownSubject } from './subject.ts'

export const namePattern = /^[a-z][a-z0-9-]{0,62}$/
export const versionPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/

/** One service in one environment. It has its own queue, weights and stable version. */
export interface EnvironmentRef {
  readonly service: string
  readonly environment: string
}

/** `service/environment`: the key of an environment in tables and in the runtime. */
export const environmentKey = ({ service, environment }: EnvironmentRef): string => `${service}/${environment}`

/** @throws Problem invalid-input */
export function parseEnvironmentRef(key: string): EnvironmentRef {
  const [service, environment, more] = key.split('/')
  if (!service || !environment || more !== undefined) throw new Problem('invalid-input', `'${key}' is not service/environment`)
  return { service, environment }
}

export const releaseId = (service: string, number: number): string => `${service}-${number}`

/** The console's page of a release or rollback. @param base address of the console, without a slash at its end */
export const consolePage = (base: string, { kind, id }: ShownSubject): string => `${base}/#/${kind}s/${encodeURIComponent(id)}`

export const releaseWorkflowId = (service: string, release: string): string => `release/${service}/${release}`

export const rolloutWorkflowId = ({ service, environment }: EnvironmentRef, release: string): string =>
  `rollout/${service}/${environment}/${release}`

export const rollbackWorkflowId = ({ service, environment }: EnvironmentRef, number: number): string =>
  `rollback/${service}/${environment}/${number}`
