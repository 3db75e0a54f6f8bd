/** Which weights an environment accepts, and which it already has. */
import type { Weights } from '../adapters/traffic/traffic.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem } from '../domain/problem.ts'
import type { EnvironmentState } from './state.ts'

/** @throws Problem invalid-input for an unknown revision or a sum other than 100, target-not-ready for a revision that is being removed */
export function refuseUnsound(weights: Weights, { ref, revisions }: EnvironmentState): void {
  for (const [revision, weight] of Object.entries(weights)) {
    const known = revisions[revision]
    if (!known) throw new Problem('invalid-input', `revision ${revision} does not run at ${environmentKey(ref)}`)
    if (known.removing && weight > 0)
      throw new Problem('target-not-ready', `revision ${revision} is being removed from ${environmentKey(ref)}`)
  }
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  if (sum !== 100 && Object.keys(weights).length > 0) throw new Problem('invalid-input', `weights sum to ${sum}, not 100`)
}

/** A revision that is not named has weight 0. */
export function sameWeights(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}
