/** Runs and removes revisions on a cluster. A revision is a Service and a Deployment, and each write is fenced. */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { ApiServer } from './api-server.ts'
import { fieldManager } from './api-server.ts'
import { changed, createFencedEnvironment } from './fenced-environment.ts'
import type { Wanted } from './objects.ts'
import { deploymentOf, isOf, revisionName, serviceOf } from './objects.ts'
import type { Kind, LiveObject, Owned } from './resource.ts'

export type RevisionToRun = Omit<Wanted, 'fencingToken' | 'recordUid' | 'ref' | 'namespace'>

/** @param namespace of the environment */
export function createRevisions(server: ApiServer, ref: EnvironmentRef, namespace: string) {
  const environment = createFencedEnvironment(server, ref, namespace)

  /** @throws Problem invalid-input when an object of this name belongs to somebody else */
  async function apply(kind: Kind, name: string, live: LiveObject | null, body: object) {
    const applied = await environment.apply(kind, name, body)
    if (applied !== changed || live) return applied
    const foreign = await server.read(kind, namespace, name)
    if (!foreign || isOf(ref, foreign)) return changed
    throw new Problem('invalid-input', `${kind} ${name} is in namespace ${namespace} already, and is not of this environment`, {
      hint: 'remove or rename it: Holdfast changes no object that it did not make',
    })
  }

  return {
    /** Asks for `replicas` of a revision. It writes the Service first, so that requests reach the pods from their first moment. */
    run: (revision: RevisionToRun, replicas: number, fencingToken: FencingToken): Promise<void> =>
      environment.under(fencingToken, async ({ record, owned }) => {
        const wanted: Wanted = { ...revision, ref, namespace, fencingToken, recordUid: record.metadata.uid }
        const name = revisionName(ref, revision.revision)
        const service = find(owned, 'Service', name)
        const deployment = find(owned, 'Deployment', name)
        const made: Owned[] = []
        for (const [kind, live, body] of [
          ['Service', service, serviceOf(wanted, service?.metadata ?? null)],
          ['Deployment', deployment, deploymentOf(wanted, replicasOf(deployment, replicas), deployment?.metadata ?? null)],
        ] as const) {
          const object = await apply(kind, name, live, body)
          if (object === changed) return changed
          if (live === null) made.push({ kind, object })
          await environment.assertInTime(made, fencingToken)
        }
      }),

    /** Removes the Deployment first, because its pods need the Service until they end. */
    remove: (revision: string, fencingToken: FencingToken): Promise<void> =>
      environment.under(fencingToken, async ({ owned }) => {
        const name = revisionName(ref, revision)
        for (const one of ['Deployment', 'Service'].flatMap((kind) => owned.filter((other) => other.kind === kind)))
          if (one.object.metadata.name === name && (await environment.remove(one)) === changed) return changed
      }),
  }
}

const find = (owned: readonly Owned[], kind: Kind, name: string): LiveObject | null =>
  owned.find((one) => one.kind === kind && one.object.metadata.name === name)?.object ?? null

/**
 * The number of replicas to write. When an autoscaler or a person scales the Deployment, this is the number that it has, so Holdfast does
 * not undo their change. Zero is undone: a stable version that was scaled to nothing could not take its users back.
 */
export function replicasOf(live: LiveObject | null, asked: number): number {
  const scalesIt = (live?.metadata.managedFields ?? []).some(
    ({ manager, fieldsV1 }) => manager !== fieldManager && hasReplicas(fieldsV1),
  )
  const { replicas } = live?.spec ?? {}
  return scalesIt && typeof replicas === 'number' && replicas > 0 ? replicas : asked
}

function hasReplicas(fields: unknown): boolean {
  const spec = (fields as { readonly 'f:spec'?: Readonly<Record<string, unknown>> } | null)?.['f:spec']
  return spec !== undefined && Object.hasOwn(spec, 'f:replicas')
}
