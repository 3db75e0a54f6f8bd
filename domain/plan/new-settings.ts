/** Which settings a release changes where the artifact stays the same, for people. */
import type { Revision } from './plan.ts'

/**
 * Names of the settings that differ, in order; null where the artifact differs. Values stay out, because an environment may hold private
 * ones.
 */
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
