/** Which version a rollback restores, and why there may be none. */
import type { Revision } from './plan.ts'

/** A rollout that succeeded in the environment. */
export interface GoodRollout {
  readonly releaseNumber: number
  readonly version: string
  readonly revision: string
}

/** What is stable in the environment, and the number of its release. */
export interface StableVersion {
  readonly stable: Pick<Revision, 'version' | 'revision'> | null
  readonly stableNumber: number | null
}

/**
 * The good rollouts of `version`; without a version, those of another revision before the stable one. The rollback restores the first that is
 * where the environment is. The caller may name the stable version itself: only the target knows whether it serves, so the turn decides
 * whether there is something to do.
 */
export const rollbackTargets = <T extends GoodRollout>(
  newestFirst: readonly T[],
  { stable, stableNumber }: StableVersion,
  version: string | null,
): readonly T[] =>
  version === null
    ? newestFirst.filter((good) => good.releaseNumber < (stableNumber ?? 0) && good.revision !== stable?.revision)
    : newestFirst.filter((good) => good.version === version)

/** Why there is none in the environment `ref`. @param isElsewhere there are some, where the environment was before it was declared anew */
export function whyNoTarget(
  ref: string,
  { stable }: Pick<StableVersion, 'stable'>,
  version: string | null,
  isElsewhere: boolean,
): string {
  if (isElsewhere) return `${ref} has an earlier good version only where it was before, not where it is`
  if (version === null) return `${ref} has no earlier good version`
  return version === stable?.version ? `${version} is stable in ${ref} already` : `${version} was never good in ${ref}`
}
