/**
 * Which writes are late on a cluster. Every object of an environment has the fencing token of the step that changed it last as an
 * annotation, set in the same write. The environment's record has the newest one of all.
 */
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { isLate } from '../../domain/queue/fencing-token.ts'
import type { LiveObject, Owned } from './resource.ts'

const tokenKey = 'holdfast.dev/fencing-token'
const workflowKey = 'holdfast.dev/workflow'

export type Stamp = Pick<FencingToken, 'token' | 'step'>

export const tokenAnnotations = ({ workflowId, token, step }: FencingToken): Readonly<Record<string, string>> => ({
  [tokenKey]: `${token}.${step}`,
  [workflowKey]: workflowId,
})

/** The token of the step that changed an object last. Null when somebody else has removed or damaged it. */
export function stampOn({ metadata }: Pick<LiveObject, 'metadata'>): Stamp | null {
  const [, token, step] = /^(\d{1,15})\.(\d{1,15})$/.exec(metadata.annotations[tokenKey] ?? '') ?? []
  return token === undefined || step === undefined ? null : { token: Number(token), step: Number(step) }
}

/** What a step has to do before its effect. */
export type Fencing =
  /** A newer step was here, so this one changes nothing. */
  | { readonly is: 'late'; readonly seen: Stamp }
  | {
      readonly is: 'in-time'
      /** The objects of an older step, and those whose token somebody removed. Then no version that an older step has read is valid. */
      readonly stamp: readonly Owned[]
      /**
       * Objects whose token is older than the record's. A step stamps objects before the record, so an older step created them after
       * that. The step removes them.
       */
      readonly lateCreates: readonly Owned[]
    }

/**
 * @param record null: the environment has none yet
 * @param owned listed before the record was read
 */
export function fencingOf(record: LiveObject | null, owned: readonly Owned[], own: Stamp): Fencing {
  const all = [...(record ? [record] : []), ...owned.map(({ object }) => object)]
  const newer = all.map(stampOn).find((seen) => seen !== null && isLate(seen, own))
  if (newer) return { is: 'late', seen: newer }
  const last = record && stampOn(record)
  // A new turn adopts what it finds: somebody may have restored the stable version from a copy.
  const isLateCreate = ({ object }: Owned): boolean => last?.token === own.token && isOlder(stampOn(object), last)
  return {
    is: 'in-time',
    // An object without a token may serve users. It cannot be a late create, because a late create has a token.
    stamp: owned.filter((one) => !isLateCreate(one) && (stampOn(one.object) === null || isOlder(stampOn(one.object), own))),
    lateCreates: owned.filter(isLateCreate),
  }
}

const isOlder = (seen: Stamp | null, than: Stamp): boolean => seen !== null && isLate(than, seen)
