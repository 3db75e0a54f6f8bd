/** Refuses a declaration that names what is not allowed here, that another environment has, or that would move one of its environments. */
import type { Service } from '../domain/plan/service.ts'
import { assertPermitted, assertTargetsPermitted } from './assert-permitted.ts'
import { assertUnclaimed } from './assert-unclaimed.ts'
import type { ApiDependencies } from './dependencies.ts'

type Needed = 'services' | 'settings' | 'namesCommands' | 'claimsOf' | 'heldClaims'
type Refusals = 'targetRefusal' | 'metricsRefusal' | 'hookRefusal'

/**
 * What is in use may change until the declaration is written, so the write asks again whether an environment would move. Here a dry run is
 * refused for that too.
 * @throws Problem not-permitted-address, not-permitted-target, invalid-input
 */
export async function assertDeclarable(
  service: Service,
  dependencies: Pick<ApiDependencies, Needed | Refusals>,
  signal: AbortSignal,
): Promise<void> {
  assertPermitted(service, dependencies)
  assertTargetsPermitted(service, service.environments, dependencies)
  await assertUnclaimed(service, dependencies, signal)
  await dependencies.services.assertStays(service)
}
