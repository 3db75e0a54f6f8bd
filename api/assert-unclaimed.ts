/**
 * Refuses what only one environment can have, such as a port. Two services that declare the same port would wait for each other for ever.
 */
import type { Claims } from '../adapters/provider.ts'
import { Problem } from '../domain/problem.ts'
import type { Fault } from '../domain/problem.ts'
import type { Service } from '../domain/plan/service.ts'
import type { ApiDependencies } from './dependencies.ts'

interface Claim {
  readonly of: string
  readonly pointer: string
  /** `port 8080` */
  readonly what: string
}

/**
 * @param signal ends the reading of all services when the caller leaves
 * @throws Problem invalid-input that names each, and the environment that has it
 */
export async function assertUnclaimed(
  service: Service,
  dependencies: Pick<ApiDependencies, 'services' | 'claimsOf' | 'heldClaims'>,
  signal: AbortSignal,
): Promise<void> {
  const own = claimsIn(service, dependencies)
  if (own.length === 0) return
  const errors: Fault[] = []
  const owners = new Map<string, string>()
  const holders = await holdersOf(dependencies)
  for await (const other of others(service.name, dependencies, signal))
    for (const { what, of } of claimsIn(other, dependencies)) owners.set(what, of)
  for (const { what, of, pointer } of own) {
    const [owner, holder] = [owners.get(what), holders.get(what)]
    if (owner !== undefined) errors.push({ pointer, detail: `${what} is declared by ${owner} already` })
    // A release could only wait, for as long as the other environment has it.
    else if (holder !== undefined && holder !== of) errors.push({ pointer, detail: `${what} belongs to ${holder}` })
    owners.set(what, owner ?? of)
  }
  if (errors.length > 0) throw new Problem('invalid-input', 'another environment has what only one can have', { errors })
}

async function holdersOf({ heldClaims }: Pick<ApiDependencies, 'heldClaims'>): Promise<ReadonlyMap<string, string>> {
  const rows = Object.entries(await heldClaims()).flatMap(([of, all]) =>
    all.flatMap((claims) => whatOf(claims).map((what) => [what, of] as const)),
  )
  return new Map(rows)
}

const whatOf = (claims: Claims): readonly string[] => Object.entries(claims).map(([key, value]) => `${key} ${value}`)

const claimsIn = ({ name, environments }: Service, { claimsOf }: Pick<ApiDependencies, 'claimsOf'>): readonly Claim[] =>
  environments.flatMap(({ name: environment, traffic }, index) =>
    Object.entries(claimsOf(traffic)).map(([key, value]) => ({
      of: `${name}/${environment}`,
      pointer: `/environments/${index}/traffic/${key}`,
      what: `${key} ${value}`,
    })),
  )

async function* others(
  name: string,
  { services }: Pick<ApiDependencies, 'services'>,
  signal: AbortSignal,
): AsyncGenerator<Service> {
  for (let after: string | undefined; ; ) {
    const { items } = await services.list(after === undefined ? { limit: pageOf } : { limit: pageOf, after })
    for (const { declaration } of items) if (declaration.name !== name) yield declaration
    after = items.at(-1)?.name
    if (items.length < pageOf) return
    signal.throwIfAborted()
  }
}

const pageOf = 200
