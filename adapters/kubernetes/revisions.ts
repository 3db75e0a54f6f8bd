/** Runs and removes revisions on a cluster: a Service and a Deployment each, fenced. */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { ApiServer } from './api-server.ts'
import { fieldManager } from './api-server.ts'
import { changed, createFencedEnvironment } from './fenced-environment.ts'
import type { Wanted } from './objects.ts'
import { deploymentOf, environmentLabels, revisionName, serviceOf } from './objects.ts'
import type { Kind, LiveObject, Owned } from './resource.ts'
import { absentVersion } from './resource.ts'

export type RevisionToRun = Omit<Wanted, 'fencingToken' | 'recordUid' | 'ref' | 'namespace'>

/** @param namespace of the environment */
export function createRevisions(server: ApiServer, ref: EnvironmentRef, namespace: string) {
  const environment = createFencedEnvironment(server, ref, namespace)

  /** @throws Problem invalid-input where an object of this name is somebody else's */
  async function apply(kind: Kind, name: string, live: LiveObject | null, body: object) {
    const applied = await environment.apply(kind, name, body)
    if (applied !== changed || live) return applied
    const foreign = await server.read(kind, namespace, name)
    const isOurs = Object.entries(environmentLabels(ref)).every(([key, value]) => foreign?.metadata.labels[key] === value)
    if (!foreign || isOurs) return changed
    throw new Problem('invalid-input', `${kind} ${name} is in namespace ${namespace} already, and is not of this environment`, {
      hint: 'remove or rename it: Holdfast changes no object that it did not make',
    })
  }

  return {
    /** Asks for `replicas` of a revision. Its Service first, so that its pods are reached from their first moment. */
    run: (revision: RevisionToRun, replicas: number, fencingToken: FencingToken): Promise<void> =>
      environment.under(fencingToken, async ({ record, owned }) => {
        const wanted: Wanted = { ...revision, ref, namespace, fencingToken, recordUid: record.metadata.uid }
        const name = revisionName(ref.service, revision.revision)
        const service = find(owned, 'Service', name)
        const deployment = find(owned, 'Deployment', name)
        const made: Owned[] = []
        for (const [kind, live, body] of [
          ['Service', service, serviceOf(wanted, versionOf(service))],
          ['Deployment', deployment, deploymentOf(wanted, replicasOf(deployment, replicas), versionOf(deployment))],
        ] as const) {
          const object = await apply(kind, name, live, body)
          if (object === changed) return changed
          if (live === null) made.push({ kind, object })
          await environment.assertInTime(made, fencingToken)
        }
      }),

    /** The Deployment first: its Service is needed for as long as its pods are. */
    remove: (revision: string, fencingToken: FencingToken): Promise<void> =>
      environment.under(fencingToken, async ({ owned }) => {
        const name = revisionName(ref.service, revision)
        for (const one of ['Deployment', 'Service'].flatMap((kind) => owned.filter((other) => other.kind === kind)))
          if (one.object.metadata.name === name && (await environment.remove(one)) === changed) return changed
      }),
  }
}

const versionOf = (live: LiveObject | null): string => live?.metadata.resourceVersion ?? absentVersion

const find = (owned: readonly Owned[], kind: Kind, name: string): LiveObject | null =>
  owned.find((one) => one.kind === kind && one.object.metadata.name === name)?.object ?? null

/**
 * How many replicas are asked for. Where somebody else scales the Deployment, an autoscaler or a person, it is as many as there are: nobody
 * is fought.
 */
export function replicasOf(live: LiveObject | null, asked: number): number {
  const scalesIt = (live?.metadata.managedFields ?? []).some(
    ({ manager, fieldsV1 }) => manager !== fieldManager && hasReplicas(fieldsV1),
  )
  const { replicas } = live?.spec ?? {}
  return scalesIt && typeof replicas === 'number' ? replicas : asked
}

function hasReplicas(fields: unknown): boolean {
  const spec = (fields as { readonly 'f:spec'?: Readonly<Record<string, unknown>> } | null)?.['f:spec']
  return spec !== undefined && Object.hasOwn(spec, 'f:replicas')
}
