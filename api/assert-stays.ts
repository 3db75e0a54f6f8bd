/**
 * Refuses to move an environment that has a version, to another kind of target or to another place of it. Its versions run where they are,
 * and a rollout works in one place: it would neither find nor remove them.
 */
import { environmentKey } from '../domain/identity.ts'
import type { Service } from '../domain/plan/service.ts'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { ApiDependencies } from './dependencies.ts'

/** @throws Problem invalid-input that names each environment */
export async function assertStays(
  before: Service | undefined,
  after: Service,
  dependencies: Pick<ApiDependencies, 'services' | 'queues' | 'locationOf'>,
): Promise<void> {
  const moved = after.environments.flatMap(({ name, target }, index) => {
    const old = before?.environments.find((one) => one.name === name)
    if (!old) return []
    const [from, to] = [old.target, target].map((one) => `${one.kind}${dependencies.locationOf(one)}`)
    return from === to ? [] : [{ name, pointer: `/environments/${index}/target`, detail: `${name} is at ${from}, not ${to}` }]
  })
  if (moved.length === 0) return
  const stable = await dependencies.services.stable(after.name)
  const errors: Fault[] = []
  for (const { name, ...fault } of moved) {
    const { turns } = await dependencies.queues.head(environmentKey({ service: after.name, environment: name }), 1)
    const hasVersion = stable.some((row) => row.environment === name && row.stable !== null)
    if (hasVersion || turns.length > 0) errors.push(fault)
  }
  if (errors.length === 0) return
  throw new Problem('invalid-input', 'an environment stays where its versions run', {
    hint: 'declare a new environment there, and remove this one afterwards',
    errors,
  })
}
