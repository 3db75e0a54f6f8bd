/** The secrets that a service names, found before a release is planned: what is not opened to it is refused there, not at its start. */
import { declarationDigest, environmentsUntil } from '../domain/plan/planning.ts'
import type { FoundSecrets } from '../domain/plan/secret.ts'
import type { Service } from '../domain/plan/service.ts'
import type { ApiDependencies } from './dependencies.ts'

/** Of every environment on the way that names some. @throws Problem secret-unavailable, target-unavailable, invalid-input */
export async function findSecrets(
  { secretsIn, target }: Pick<ApiDependencies, 'secretsIn' | 'target'>,
  service: Service,
  until: string | null,
): Promise<{ secrets?: FoundSecrets }> {
  const naming = environmentsUntil(service, until).filter((environment) => secretsIn(environment.target).length > 0)
  if (naming.length === 0) return {}
  const found = naming.map(async ({ name, target: provider }) => {
    const place = { service: service.name, environment: name }
    return [name, await target(provider).secretDigests(place, secretsIn(provider))] as const
  })
  return {
    secrets: { declarationDigest: declarationDigest(service), environments: Object.fromEntries(await Promise.all(found)) },
  }
}
