/** What a target reports of a revision, from its Deployment and its pods. Pure. */
import { z } from 'zod'
import type { RevisionStatus } from '../target/target.ts'
import type { History } from './exits.ts'
import { livenessOf } from './exits.ts'
import type { Pod } from './pod.ts'
import { Condition, isReady, isServing } from './pod.ts'
import { revisionOf } from './objects.ts'
import type { LiveObject } from './resource.ts'
import type { Beside, Unready } from './unready.ts'
import { unreadyOf } from './unready.ts'

const versionKey = 'holdfast.dev/version'

/** The exact version is an annotation, because a label cannot hold all characters. */
export const versionOf = ({ metadata: { annotations, labels } }: LiveObject): string =>
  annotations[versionKey] ?? labels[versionKey] ?? ''

const Conditions = z.looseObject({ conditions: z.array(Condition).default([]) })

/** Why the revision is not ready, as `unreadyOf` says it. */
export const unreadyIn = ({ status }: LiveObject, pods: readonly Pod[], beside: Beside): Unready | null =>
  unreadyOf(Conditions.catch({ conditions: [] }).parse(status ?? {}).conditions, pods, beside)

/** @param pods of this revision */
export function statusOf(deployment: LiveObject, pods: readonly Pod[], history: History, beside: Beside): RevisionStatus {
  const { replicas } = deployment.spec ?? {}
  const unready = unreadyIn(deployment, pods, beside)
  const hopeless = unready?.isHopeless === true && !history.hasBeenReady
  const last = history.exits.at(-1)
  const exited = last ? `, the last crash at ${new Date(last.atMs).toISOString()}` : ''
  return {
    revision: revisionOf(deployment),
    version: versionOf(deployment),
    wantedReplicas: typeof replicas === 'number' ? replicas : 1,
    readyReplicas: pods.filter((pod) => isServing(pod) && isReady(pod)).length,
    detail: unready ? unready.sentence : `its pods are ready${exited}`,
    cannotStart: hopeless ? unready.sentence : null,
    ...livenessOf(history, pods),
  }
}
