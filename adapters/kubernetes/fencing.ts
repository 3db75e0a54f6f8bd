/**
 * Which writes are late on a cluster. Every object of an environment has the fencing token of the step that changed it last as an
 * annotation, set in the same write. The environment's record has the newest one of all.
 */
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { isLate } from '../../domain/queue/fencing-token.ts'
import type { LiveObject, Owned } from './resource.ts'

const tokenKey = 'holdfast.dev/fencing-token'
const workflowKey = 'holdfast.dev/workflow'

export type Stamp = Pick<FencingToken, 'turn' | 'step'>

export const tokenAnnotations = ({ workflowId, turn, step }: FencingToken): Readonly<Record<string, string>> => ({
  [tokenKey]: `${turn}.${step}`,
  [workflowKey]: workflowId,
})

/** The token that an object was changed under. What has none that we can read, somebody has changed: it is older than any. */
export function stampOn({ metadata }: Pick<LiveObject, 'metadata'>): Stamp {
  const [, turn, step] = /^(\d{1,15})\.(\d{1,15})$/.exec(metadata.annotations[tokenKey] ?? '') ?? []
  return { turn: Number(turn ?? 0), step: Number(step ?? 0) }
}

/** What a step has to do before its effect. */
export type Fencing =
  /** Something newer was here: nothing is changed. */
  | { readonly is: 'late'; readonly seen: Stamp }
  /** The first effect of a turn. Objects are stamped before the record: a record with this turn says that all of them are stamped. */
  | { readonly is: 'new-turn'; readonly stamp: readonly Owned[] }
  /** Objects of an older turn were created after this turn had stamped all there were: a late create, to be removed. */
  | { readonly is: 'same-turn'; readonly lateCreates: readonly Owned[] }

/** @param record null: the environment has none yet */
export function fencingOf(record: LiveObject | null, owned: readonly Owned[], own: Stamp): Fencing {
  const seen = [...(record ? [record] : []), ...owned.map(({ object }) => object)].map(stampOn)
  const newer = seen.find((one) => isLate(one, own))
  if (newer) return { is: 'late', seen: newer }
  const older = owned.filter(({ object }) => stampOn(object).turn < own.turn)
  if (record && stampOn(record).turn === own.turn) return { is: 'same-turn', lateCreates: older }
  return { is: 'new-turn', stamp: older }
}
