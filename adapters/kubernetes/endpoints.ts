/** Which revisions the endpoints of a Service are of. Pure. */
import { z } from 'zod'
import type { Pod } from './pod.ts'
import { isReady, isServing } from './pod.ts'
import type { ShareByRevision } from './traffic-record.ts'
import { percentsOf } from './traffic-record.ts'

export const EndpointSlice = z.looseObject({
  endpoints: z
    .array(
      z.looseObject({
        conditions: z.looseObject({ ready: z.boolean().nullish() }).default({}),
        targetRef: z.looseObject({ uid: z.string().default('') }).nullish(),
      }),
    )
    .nullish(),
})
export type EndpointSlice = z.output<typeof EndpointSlice>

export interface EndpointShares {
  /** Ready endpoints by revision, in whole percents. */
  readonly effective: ShareByRevision
  /** Whether the endpoints are those of the revisions that were asked for: each of their ready pods, and no other. */
  readonly isCaughtUp: boolean
}

/** An endpoint whose pod is of no revision. It counts, because it gets its share. */
const foreign = 'another-pod'

/** @param pods of the environment */
export function sharesOf(
  slices: readonly EndpointSlice[],
  pods: readonly Pod[],
  revisionKey: string,
  asked: ShareByRevision,
): EndpointShares {
  const revisionOf = new Map(pods.map(({ metadata }) => [metadata.uid, metadata.labels[revisionKey] ?? foreign]))
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? [])
  // Kubernetes: no condition means that the endpoint is ready.
  const ready = new Set(
    endpoints.filter(({ conditions }) => conditions.ready !== false).map(({ targetRef }) => targetRef?.uid ?? ''),
  )
  const counts = new Map(Object.keys(asked).map((revision) => [revision, 0]))
  for (const uid of ready) {
    const revision = revisionOf.get(uid) ?? foreign
    counts.set(revision, (counts.get(revision) ?? 0) + 1)
  }
  const isAsked = (revision: string | undefined): boolean => revision !== undefined && (asked[revision] ?? 0) > 0
  const isMissing = pods.some(
    (pod) => isServing(pod) && isReady(pod) && isAsked(revisionOf.get(pod.metadata.uid)) && !ready.has(pod.metadata.uid),
  )
  const isCaughtUp = !isMissing && [...counts].every(([revision, count]) => isAsked(revision) === count > 0)
  return { effective: percentsOf(Object.fromEntries(counts)), isCaughtUp }
}
