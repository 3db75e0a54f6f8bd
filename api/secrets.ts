/**
 * Finds the secrets that a service names before its release is planned, so that a missing secret is refused now and not when a process
 * starts.
 */
import { declarationDigest, environmentsUntil } from '../domain/plan/plan-release.ts'
import type { FoundSecrets } from '../domain/plan/secret.ts'
import type { Service } from '../domain/plan/service.ts'
import type { ApiDependencies } from './dependencies.ts'

/**
 * The digests for every environment of the release that names secrets. @throws Problem secret-unavailable, target-unavailable,
 * invalid-input
 */
export async function findSecrets(
  { secretsIn, target }: Pick<ApiDependencies, 'secretsIn' | 'target'>,
  service: Service,
  until: string | null,
): Promise<{ secrets?: FoundSecrets }> {
  const naming = environmentsUntil(service, until).filter((environment) => secretsIn(environment.target).length > 0)
  if (naming.length === 0) return {}
  const found = naming.map(async ({ name, target: provider }) => {
    const ref = { service: service.name, environment: name }
    return [name, await target(provider).secretDigests(ref, secretsIn(provider))] as const
  })
  return {
    secrets: { declarationDigest: declarationDigest(service), environments: Object.fromEntries(await Promise.all(found)) },
  }
}
