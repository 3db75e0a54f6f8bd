/** Where the versions of an environment run, and where users reach them. An environment that has a version stays there. */
import type { EnvironmentRef } from '../identity.ts'
import type { Fault } from '../problem.ts'
import { Problem } from '../problem.ts'
import type { Environment } from './service.ts'

/** Both as text for people. Equal texts are the same location. */
export interface Location {
  readonly target: string
  readonly traffic: string
}

/** The location of a declared environment, or of a revision: both name a target and a router. */
export type LocationOf = (located: Pick<Environment, 'target' | 'traffic'>, ref: EnvironmentRef) => Location

export const isSameLocation = (one: Location, other: Location): boolean =>
  one.target === other.target && one.traffic === other.traffic

export interface LocatedEnvironment {
  readonly name: string
  readonly declared: Location
  /** Where its stable version is, and where the releases and rollbacks in flight to it go. */
  readonly inUse: readonly Location[]
}

/**
 * Versions run where they are, and a rollout works in one location: it would neither find nor remove them elsewhere. A revert through
 * another router would leave the old router as the canary has it.
 * @param environments of a declaration, in its order
 * @throws Problem invalid-input that names each environment that would move away from what is in use
 */
export function assertStays(environments: readonly LocatedEnvironment[]): void {
  const errors = environments.flatMap(({ name, declared, inUse }, index) =>
    (['target', 'traffic'] as const).flatMap((part): Fault[] => {
      const from = inUse.find((one) => one[part] !== declared[part])
      if (!from) return []
      return [{ pointer: `/environments/${index}/${part}`, detail: `${name} is at ${from[part]}, not ${declared[part]}` }]
    }),
  )
  if (errors.length === 0) return
  throw new Problem('invalid-input', 'an environment stays where its versions run', {
    hint: 'declare a new environment there, and remove this one afterwards',
    errors,
  })
}
