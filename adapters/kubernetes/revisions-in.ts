/** The revisions of an environment by its objects, and what weights they may get. Pure. */
import { Problem } from '../../domain/problem.ts'
import { revisionKey } from './objects.ts'
import type { Owned } from './resource.ts'

/** A revision is there as long as its Deployment or its Service is. */
export const revisionsIn = (owned: readonly Owned[]): ReadonlySet<string> =>
  new Set(owned.flatMap(({ object }) => object.metadata.labels[revisionKey] ?? []))

/** @throws Problem invalid-input for weights that do not sum to 100, or of a revision that is not there */
export function assertSplit(weights: Readonly<Record<string, number>>, revisions: ReadonlySet<string>): void {
  const parts = Object.values(weights)
  const isWhole = parts.every((part) => Number.isInteger(part) && part >= 0)
  if (parts.length > 0 && (!isWhole || parts.reduce((sum, part) => sum + part, 0) !== 100))
    throw new Problem('invalid-input', `weights are whole percents that sum to 100, not ${JSON.stringify(weights)}`)
  const absent = Object.keys(weights).filter((revision) => !revisions.has(revision))
  if (absent.length > 0) throw new Problem('invalid-input', `no revision ${absent.join(', ')} runs there`)
}
