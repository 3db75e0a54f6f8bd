/** The same artifact with other settings: which of them a release changes, for people. */
import type { Revision } from './plan.ts'

/** Names of settings that differ, in order; null where the artifact does. Values are not told: an environment may hold what is private. */
export function newSettings(before: Revision, after: Revision): readonly string[] | null {
  if (before.artifact !== after.artifact) return null
  const names = [
    ...differing(before.target.config, after.target.config),
    ...differing(before.traffic.config, after.traffic.config),
  ]
  return before.target.kind === after.target.kind && before.traffic.kind === after.traffic.kind ? names : ['kind', ...names]
}

const differing = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .toSorted()
