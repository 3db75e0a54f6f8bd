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
 * The newest good rollout of `version`; without a version, the newest of another revision before the stable one. The caller may name the
 * stable version itself: only the target knows whether it serves, so the turn decides whether there is something to do.
 * @param newestFirst all good rollouts, or the newest of them: once there is a result, more of them do not change it
 */
export const rollbackTarget = <T extends GoodRollout>(
  newestFirst: readonly T[],
  { stable, stableNumber }: StableVersion,
  version: string | null,
): T | undefined =>
  version === null
    ? newestFirst.find((good) => good.releaseNumber < (stableNumber ?? 0) && good.revision !== stable?.revision)
    : newestFirst.find((good) => good.version === version)

/** Why `rollbackTarget` found none in the environment `ref`. */
export function whyNoTarget(ref: string, { stable }: Pick<StableVersion, 'stable'>, version: string | null): string {
  if (version === null) return `${ref} has no earlier good version`
  return version === stable?.version ? `${version} is stable in ${ref} already` : `${version} was never good in ${ref}`
}
