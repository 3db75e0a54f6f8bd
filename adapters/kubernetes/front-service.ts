/**
 * Splits traffic on a cluster without a router: a front Service whose selector is all pods of the environment, or those of one revision.
 * Each ready pod gets the same share. At 0 % and 100 % one revision is selected, so a revert takes all traffic away with one write, whatever
 * the canary's pods do.
 */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import type { TrafficState, Weights } from '../traffic/traffic.ts'
import type { ApiServer } from './api-server.ts'
import { fieldManager } from './api-server.ts'
import { EndpointSlice, sharesOf } from './endpoints.ts'
import type { Fenced } from './fenced-environment.ts'
import { changed, createFencedEnvironment } from './fenced-environment.ts'
import { tokenAnnotations } from './fencing.ts'
import { environmentLabels, isOf, recordName, revisionKey, revisionOf } from './objects.ts'
import { Pod } from './pod.ts'
import type { LiveObject, Owned } from './resource.ts'
import { absentVersion, resources } from './resource.ts'
import { assertSplit, revisionsIn } from './revisions-in.ts'
import type { TrafficRecord } from './traffic-record.ts'
import { noTraffic, othersThatSet, trafficRecordOn, withWeights } from './traffic-record.ts'

const recordKey = 'holdfast.dev/traffic'
const roleKey = 'holdfast.dev/role'

export interface FrontConfig {
  readonly name: string
  readonly port: number
  /** The port at which pods listen. */
  readonly targetPort: number
}

/** @param namespace of the environment */
export function createFront(server: ApiServer, ref: EnvironmentRef, namespace: string, { name, port, targetPort }: FrontConfig) {
  const environment = createFencedEnvironment(server, ref, namespace)
  const url = `http://${name}.${namespace}.svc${port === 80 ? '' : `:${port}`}`

  /** The whole Service, as Holdfast writes it. */
  const bodyOf = (live: LiveObject | null, { record }: Fenced, traffic: TrafficRecord, token: FencingToken) => ({
    apiVersion: resources.Service.apiVersion,
    kind: 'Service',
    metadata: {
      name: live?.metadata.name ?? name,
      namespace,
      ...(live ? { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion } : { resourceVersion: absentVersion }),
      labels: {
        'app.kubernetes.io/name': ref.service,
        'app.kubernetes.io/managed-by': 'holdfast',
        ...environmentLabels(ref),
        [roleKey]: 'front',
      },
      annotations: { ...tokenAnnotations(token), [recordKey]: JSON.stringify(traffic) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: recordName(ref), uid: record.metadata.uid }],
    },
    spec: {
      selector: selectorOf(ref, traffic.weights),
      ports: [{ name: 'http', port, protocol: 'TCP', targetPort }],
    },
  })

  /**
   * Writes a front as a step wants it. It takes the selector and the ports over from another program that changed them, under the version that was read: a
   * revert that another manager could stop would not be one.
   */
  async function write(live: LiveObject | null, fenced: Fenced, traffic: TrafficRecord, token: FencingToken) {
    const body = bodyOf(live, fenced, traffic, token)
    const answer = await server.apply({ kind: 'Service', namespace, name: body.metadata.name }, body, true)
    if (answer.is === 'done') {
      if (!live) await environment.assertInTime([{ kind: 'Service', object: answer.object }], token)
      return
    }
    if (!live) await assertOurs()
    return changed
  }

  /** @throws Problem invalid-input when a Service of this name belongs to somebody else */
  async function assertOurs(): Promise<void> {
    const found = await server.read('Service', namespace, name)
    if (!found || isFront(ref, found)) return
    throw new Problem(
      'invalid-input',
      `Service ${name} is in namespace ${namespace} already, and is not the front of this environment`,
      {
        hint: 'declare another name: Holdfast changes no object that it did not make',
      },
    )
  }

  async function stateOf(front: LiveObject): Promise<TrafficState> {
    const { weights: desired, generation } = trafficRecordOn(front, recordKey) ?? noTraffic
    const [slices, pods] = await Promise.all([
      server.list(['EndpointSlice'], namespace, { 'kubernetes.io/service-name': front.metadata.name }),
      server.list(['Pod'], namespace, environmentLabels(ref)),
    ])
    const { effective, isCaughtUp } = sharesOf(
      slices.map(({ object }) => EndpointSlice.parse(object)),
      pods.map(({ object }) => Pod.parse(object)),
      revisionKey,
      desired,
    )
    const foreign = foreignIn(front, selectorOf(ref, desired))
    return { desired, effective, generation, url, inEffect: isCaughtUp && foreign === null, foreign }
  }

  const frontsIn = (owned: readonly Owned[]): readonly LiveObject[] =>
    owned.filter(({ kind, object }) => kind === 'Service' && isFront(ref, object)).map(({ object }) => object)

  const read = async (): Promise<TrafficState> => {
    const fronts = await server.list(['Service'], namespace, { ...environmentLabels(ref), [roleKey]: 'front' })
    const front = fronts.find(({ object }) => object.metadata.name === name) ?? fronts[0]
    if (!front) throw new Problem('not-found', `${environmentKey(ref)} was never opened in namespace ${namespace}`)
    return stateOf(front.object)
  }

  return {
    read,

    /** Makes the front exist, and removes those of other names. Its selector stays as it is. */
    async open(token: FencingToken): Promise<TrafficState> {
      await environment.under(token, async (fenced) => {
        const fronts = frontsIn(fenced.owned)
        const own = fronts.find(({ metadata }) => metadata.name === name) ?? null
        const last = own ?? fronts[0]
        const traffic = (last && trafficRecordOn(last, recordKey)) ?? noTraffic
        if (!own || !hasPorts(own, port, targetPort)) {
          if ((await write(own, fenced, traffic, token)) === changed) return changed
        }
        for (const other of fronts.filter(({ metadata }) => metadata.name !== name))
          if ((await environment.remove({ kind: 'Service', object: other })) === changed) return changed
      })
      return read()
    },

    /** @throws Problem invalid-input, target-not-ready while another revision has ready pods that the front would select */
    async setWeights(weights: Weights, token: FencingToken): Promise<TrafficState> {
      await environment.under(token, async (fenced) => {
        assertSplit(weights, revisionsIn(fenced.owned))
        if (Object.keys(weights).length > 1) assertNoOther(fenced.owned, weights)
        const fronts = frontsIn(fenced.owned)
        const own = fronts.find(({ metadata }) => metadata.name === name) ?? null
        const traffic = withWeights((fronts[0] && trafficRecordOn(own ?? fronts[0], recordKey)) ?? noTraffic, weights)
        // A front of an earlier name answers too until the next `open`.
        for (const front of own || Object.keys(weights).length === 0 ? fronts : [null, ...fronts])
          if ((await write(front, fenced, traffic, token)) === changed) return changed
      })
      return read()
    },

    /** @throws Problem wrong-phase while a revision is there */
    close: (token: FencingToken): Promise<void> =>
      environment.under(token, async ({ owned }) => {
        if (revisionsIn(owned).size > 0) throw new Problem('wrong-phase', `${environmentKey(ref)} still has a version`)
        for (const object of frontsIn(owned))
          if ((await environment.remove({ kind: 'Service', object })) === changed) return changed
      }),
  }
}

const isFront = (ref: EnvironmentRef, object: LiveObject): boolean =>
  object.metadata.labels[roleKey] === 'front' && isOf(ref, object)

/** All pods of the environment, or those of one revision. Before the first release, no pod has this revision. */
function selectorOf(ref: EnvironmentRef, weights: Weights): Readonly<Record<string, string>> {
  const revisions = Object.entries(weights).filter(([, weight]) => weight > 0)
  if (revisions.length > 1) return environmentLabels(ref)
  return { ...environmentLabels(ref), [revisionKey]: revisions[0]?.[0] ?? 'none' }
}

/** A sentence that names who changed the selector. Null when it is as Holdfast wrote it. */
function foreignIn(front: LiveObject, wanted: Readonly<Record<string, string>>): string | null {
  const selector = (front.spec?.['selector'] ?? {}) as Readonly<Record<string, string>>
  const names = new Set([...Object.keys(selector), ...Object.keys(wanted)])
  if ([...names].every((name) => selector[name] === wanted[name])) return null
  const who = othersThatSet(front, fieldManager, ['f:spec', 'f:selector'])
  return `${who.join(', ') || 'somebody'} changed the selector of Service ${front.metadata.name}`
}

function hasPorts({ spec }: LiveObject, port: number, targetPort: number): boolean {
  const ports = (spec?.['ports'] ?? []) as readonly { readonly port?: number; readonly targetPort?: number }[]
  return ports.length === 1 && ports[0]?.port === port && ports[0]?.targetPort === targetPort
}

/** A third revision would get a share that nobody asked for, because a selector can name one revision or all. */
function assertNoOther(owned: readonly Owned[], weights: Weights): void {
  const others = owned.filter(
    ({ kind, object }) =>
      kind === 'Deployment' &&
      (weights[revisionOf(object)] ?? 0) === 0 &&
      Number(object.spec?.['replicas'] ?? 0) + Number(object.status?.['replicas'] ?? 0) > 0,
  )
  if (others.length === 0) return
  const names = others.map(({ object }) => object.metadata.name).join(', ')
  throw new Problem('target-not-ready', `${names} still has pods, which would get a share of the traffic`, {
    hint: 'scale it to 0, or wait until it is removed',
  })
}
