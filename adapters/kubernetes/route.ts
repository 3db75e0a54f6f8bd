/**
 * Splits traffic by the weights of one rule of an HTTPRoute that belongs to somebody else. A write is a JSON patch that tests the version of
 * the route and the name of the rule, and holds the fencing token of the environment. Rule lists are atomic under server-side apply, so that
 * would take all rules over.
 */
import type { EnvironmentRef } from '../../domain/identity.ts'
import { environmentKey } from '../../domain/identity.ts'
import { isProblem, Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { isLate } from '../../domain/queue/fencing-token.ts'
import type { TrafficState, Weights } from '../traffic/traffic.ts'
import type { ApiServer, JsonOperation } from './api-server.ts'
import { fieldManager } from './api-server.ts'
import { changed, createFencedEnvironment } from './fenced-environment.ts'
import type { Stamp } from './fencing.ts'
import { fencingOf } from './fencing.ts'
import type { HttpRoute } from './http-route.ts'
import { backendsWith, parseRoute, routeRecordKey, routeStatus, ruleAt, sharesIn } from './http-route.ts'
import { revisionName } from './objects.ts'
import type { LiveObject, Owned } from './resource.ts'
import { assertSplit, revisionsIn } from './revisions-in.ts'
import type { ShareByRevision, TrafficRecord } from './traffic-record.ts'
import { isSame, noTraffic, othersThatSet, percentsOf, trafficRecordOn, withWeights } from './traffic-record.ts'

export interface RouteConfig {
  readonly route: string
  /** Name or index of the rule. Null: the only one. */
  readonly rule: string | number | null
}

/** A route as it was read, with what Holdfast remembers in it. */
interface LiveRoute {
  readonly live: LiveObject
  readonly route: HttpRoute
  readonly record: TrafficRecord | null
  readonly index: number
  /** Revisions by the names of their Services. */
  readonly nameOf: ReadonlyMap<string, string>
}

/** @param namespace of the environment and of the route */
export function createRoute(server: ApiServer, ref: EnvironmentRef, namespace: string, { route: name, rule }: RouteConfig) {
  const environment = createFencedEnvironment(server, ref, namespace)
  const key = routeRecordKey(ref)

  /** @throws Problem target-not-ready when the route or the rule does not exist */
  async function look(owned: readonly Owned[], wanted: Weights): Promise<LiveRoute> {
    const live = await server.read('HTTPRoute', namespace, name)
    if (!live) throw new Problem('target-not-ready', `there is no HTTPRoute ${name} in namespace ${namespace}`)
    const route = parseRoute(live)
    const record = trafficRecordOn(live, key)
    const revisions = new Set([...revisionsIn(owned), ...Object.keys(record?.weights ?? {}), ...Object.keys(wanted)])
    const nameOf = new Map([...revisions].map((revision) => [revisionName(ref, revision), revision]))
    const index = ruleAt(route, rule, (at) => Object.keys(sharesIn(route, at, nameOf)).length > 0)
    return { live, route, record, index, nameOf }
  }

  const stampOf = (token: FencingToken): string => `${token.token}.${token.step}`

  /** Writes the weights, or only the token where the route has them. @throws Problem stale-token when a newer step wrote the route */
  async function write({ live, route, record, index, nameOf }: LiveRoute, weights: Weights | null, token: FencingToken) {
    const last = record ?? noTraffic
    const newer = stampIn(last)
    if (newer && isLate(newer, token))
      throw new Problem('stale-token', `HTTPRoute ${name} is at ${newer.token}.${newer.step}, later than ${stampOf(token)}`)
    const present = sharesIn(route, index, nameOf)
    const isUnchanged = weights === null || isSame(present, weights)
    const next: TrafficRecord = {
      ...(weights === null ? last : withWeights(last, weights)),
      // What the router has until it has taken the new weights. Another change meanwhile would make it unknown.
      before: isUnchanged ? last.before : present,
      token: stampOf(token),
    }
    if (isUnchanged && record && JSON.stringify(next) === JSON.stringify(record)) return
    const backends = isUnchanged ? null : backendsWith(route, index, weights, nameOf)
    const answer = await patch(live, route, index, backends, annotationOf(live, key, JSON.stringify(next)))
    if (answer.is === 'absent') throw new Problem('target-not-ready', `HTTPRoute ${name} in namespace ${namespace} was removed`)
    if (answer.is === 'conflict') return changed
    await assertInTime({ live, route, index }, answer.object, backends !== null, token)
  }

  /** Tests the version that was read and the name of the rule, and changes the annotation, and the backends where there are any. */
  function patch(
    live: LiveObject,
    { spec }: HttpRoute,
    index: number,
    backends: readonly unknown[] | null,
    annotation: JsonOperation,
  ) {
    const at = `/spec/rules/${index}`
    const named = spec.rules[index]?.name
    return server.patchJson({ kind: 'HTTPRoute', namespace, name }, [
      { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
      ...(named === undefined ? [] : [{ op: 'test', path: `${at}/name`, value: named }]),
      ...(backends ? [{ op: 'add', path: `${at}/backendRefs`, value: backends }] : []),
      annotation,
    ])
  }

  /**
   * Undoes a write that came late. A newer turn may have changed the environment, but not yet this route, so nothing in it refused the write.
   * Where the route has changed again, the newer turn wrote it.
   */
  async function assertInTime(
    before: Pick<LiveRoute, 'live' | 'route' | 'index'>,
    after: LiveObject,
    isMoved: boolean,
    token: FencingToken,
  ) {
    const fencing = fencingOf(await environment.read(), [], token)
    if (fencing.is !== 'late') return
    const backends = isMoved ? (before.route.spec.rules[before.index]?.backendRefs ?? []) : null
    await patch(
      after,
      before.route,
      before.index,
      backends,
      annotationOf(after, key, before.live.metadata.annotations[key] ?? null),
    )
    throw new Problem(
      'stale-token',
      `${environmentKey(ref)} is at ${fencing.seen.token}.${fencing.seen.step}, later than ${stampOf(token)}`,
    )
  }

  const stateOf = ({ live, route, record, index, nameOf }: LiveRoute): TrafficState => {
    const { weights: desired, before, generation } = record ?? noTraffic
    const present = sharesIn(route, index, nameOf)
    const status = routeStatus(route)
    const foreign = isSame(present, desired) ? null : foreignIn(live, name)
    const effective = effectiveOf(status.is, present, before)
    return {
      desired,
      effective: withZeros(percentsOf(effective), desired),
      generation,
      url: urlOf(route),
      inEffect: status.is === 'taken' && foreign === null,
      foreign: status.is === 'refused' ? status.why : foreign,
    }
  }

  const read = async (): Promise<TrafficState> => {
    const seen = await look(await environment.owned(), {}).catch(absent)
    if (!seen?.record) throw new Problem('not-found', `${environmentKey(ref)} was never opened at HTTPRoute ${name}`)
    return stateOf(seen)
  }

  const writing = (token: FencingToken, weights: Weights | null): Promise<void> =>
    environment.under(token, async ({ owned }) => {
      if (weights) assertSplit(weights, revisionsIn(owned))
      const isTakenOut = weights !== null && Object.keys(weights).length === 0
      const seen = await look(owned, weights ?? {}).catch((error: unknown) =>
        isTakenOut ? absent(error) : Promise.reject(error),
      )
      return seen ? write(seen, weights, token) : undefined
    })

  return {
    read,

    /** Leaves the token in the route, so that an older step finds it where no weight was ever written. The weights stay as they are. */
    async open(token: FencingToken): Promise<TrafficState> {
      await writing(token, null)
      return read()
    },

    async setWeights(weights: Weights, token: FencingToken): Promise<TrafficState> {
      await writing(token, weights)
      return read().catch((error: unknown) => {
        if (Object.keys(weights).length === 0 && isProblem(error, 'not-found')) return nothing
        throw error
      })
    },

    /** Takes our backends out of the rule, and leaves the token. @throws Problem wrong-phase while a revision is there */
    close: (token: FencingToken): Promise<void> =>
      environment.under(token, async ({ owned }) => {
        if (revisionsIn(owned).size > 0) throw new Problem('wrong-phase', `${environmentKey(ref)} still has a version`)
        const seen = await look(owned, {}).catch(absent)
        return seen ? write(seen, {}, token) : undefined
      }),
  }
}

/** A route or a rule that does not exist has nothing of ours, so there is nothing to take out of it. */
function absent(error: unknown): null {
  if (isProblem(error, 'target-not-ready')) return null
  throw error
}

const nothing: TrafficState = { desired: {}, effective: {}, generation: 0, url: '' }

/** @param value null: the annotation is removed */
function annotationOf({ metadata }: LiveObject, key: string, value: string | null): JsonOperation {
  const path = `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  if (value === null) return { op: 'remove', path }
  return Object.keys(metadata.annotations).length === 0
    ? { op: 'add', path: '/metadata/annotations', value: { [key]: value } }
    : { op: 'add', path, value }
}

function stampIn({ token }: TrafficRecord): Stamp | null {
  const [, number, step] = /^(\d{1,15})\.(\d{1,15})$/.exec(token) ?? []
  return number === undefined || step === undefined ? null : { token: Number(number), step: Number(step) }
}

/** Nothing where it is not known: the old weights were those of the route too, or the controllers refuse the route. */
function effectiveOf(
  status: 'pending' | 'taken' | 'refused',
  present: ShareByRevision,
  before: ShareByRevision,
): ShareByRevision {
  if (status === 'taken') return present
  return status === 'pending' && !isSame(present, before) ? before : {}
}

const withZeros = (effective: ShareByRevision, desired: Weights): ShareByRevision => ({
  ...Object.fromEntries(Object.keys(desired).map((revision) => [revision, 0])),
  ...effective,
})

function foreignIn(live: LiveObject, name: string): string {
  const who = othersThatSet(live, fieldManager, ['f:spec', 'f:rules'])
  return `${who.join(', ') || 'somebody'} changed the weights of HTTPRoute ${name}`
}

function urlOf({ spec: { hostnames, parentRefs } }: HttpRoute): string {
  const [host = parentRefs[0]?.name ?? ''] = hostnames
  return host === '' ? '' : `http://${host}`
}
