/** The parts of an HTTPRoute that Holdfast reads and the one that it changes: the backends of one rule. Pure. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { Problem } from '../../domain/problem.ts'
import type { Weights } from '../traffic/traffic.ts'
import type { LiveObject } from './resource.ts'
import type { ShareByRevision } from './traffic-record.ts'

const BackendRef = z.looseObject({
  name: z.string(),
  kind: z.string().default('Service'),
  group: z.string().default(''),
  namespace: z.string().exactOptional(),
  weight: z.int().default(1),
})
type BackendRef = z.output<typeof BackendRef>

const Rule = z.looseObject({ name: z.string().exactOptional(), backendRefs: z.array(z.unknown()).default([]) })

const ParentRef = z.looseObject({
  name: z.string(),
  group: z.string().default('gateway.networking.k8s.io'),
  kind: z.string().default('Gateway'),
  namespace: z.string().exactOptional(),
  sectionName: z.string().exactOptional(),
  port: z.int().exactOptional(),
})
type ParentRef = z.output<typeof ParentRef>

const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  observedGeneration: z.int().default(0),
})

export const HttpRoute = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), generation: z.int().default(0) }),
  spec: z.looseObject({
    parentRefs: z.array(ParentRef).default([]),
    hostnames: z.array(z.string()).default([]),
    rules: z.array(Rule).default([]),
  }),
  status: z
    .looseObject({
      parents: z
        .array(z.looseObject({ parentRef: ParentRef, controllerName: z.string(), conditions: z.array(Condition).default([]) }))
        .default([]),
    })
    .prefault({}),
})
export type HttpRoute = z.output<typeof HttpRoute>

/** Two environments may share a route, so each has an annotation of its own. The name of one has at most 63 characters. */
export function routeRecordKey({ service, environment }: EnvironmentRef): string {
  const name = `${service}.${environment}`
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12)
  return `traffic.holdfast.dev/${name.length <= 63 ? name : `${name.slice(0, 50)}-${digest}`}`
}

/**
 * The index of the rule that Holdfast writes: the one with our backends, wherever somebody has moved it and whatever it is called now, or
 * no revert could find it. Where no rule has any, it is the declared one.
 * @param ours whether a rule has a backend of ours
 * @throws Problem target-not-ready when there is no such rule, or several rules have our backends
 */
export function ruleAt(
  { metadata, spec: { rules } }: HttpRoute,
  declared: string | number | null,
  ours: (index: number) => boolean,
): number {
  const of = `HTTPRoute ${metadata.name} in namespace ${metadata.namespace}`
  const own = [...rules.keys()].filter(ours)
  const named = typeof declared === 'string' ? rules.findIndex(({ name }) => name === declared) : -1
  if (named >= 0 && (own.length === 0 || own.includes(named))) return named
  if (own.length === 1 && own[0] !== undefined) return own[0]
  if (own.length > 1) {
    if (typeof declared === 'number' && own.includes(declared)) return declared
    throw new Problem('target-not-ready', `${of} has backends of this environment in ${own.length} rules`, {
      hint: 'leave them in one rule',
    })
  }
  if (typeof declared === 'string') throw new Problem('target-not-ready', `${of} has no rule named ${declared}`)
  if (declared === null && rules.length !== 1)
    throw new Problem('target-not-ready', `${of} has ${rules.length} rules`, {
      hint: 'declare the name of the rule that Holdfast writes',
    })
  const index = declared ?? 0
  if (index >= rules.length) throw new Problem('target-not-ready', `${of} has no rule at index ${index}`)
  return index
}

/** The backends of a rule that are ours, by revision. The others belong to somebody else, and keep their weights. */
export function sharesIn(route: HttpRoute, index: number, nameOf: ReadonlyMap<string, string>): ShareByRevision {
  const found = new Map<string, number>()
  for (const backend of backendsOf(route, index)) {
    const revision = backend && nameOf.get(backend.name)
    if (revision !== undefined && isOwn(route, backend)) found.set(revision, (found.get(revision) ?? 0) + backend.weight)
  }
  return Object.fromEntries(found)
}

/**
 * The backends of a rule with our weights. Each stays where it is and keeps its filters; a revision that has none yet gets one at the end,
 * and one without weight is dropped, because a backend whose Service is gone makes the whole route unresolved.
 */
export function backendsWith(
  route: HttpRoute,
  index: number,
  weights: Weights,
  nameOf: ReadonlyMap<string, string>,
): readonly unknown[] {
  const raw = route.spec.rules[index]?.backendRefs ?? []
  const placed = new Set<string>()
  const kept = raw.flatMap((one, at): readonly unknown[] => {
    const backend = backendsOf(route, index)[at]
    const revision = backend && isOwn(route, backend) ? nameOf.get(backend.name) : undefined
    if (revision === undefined) return [one]
    const weight = weights[revision] ?? 0
    if (weight === 0 || placed.has(revision)) return []
    placed.add(revision)
    return [{ ...(one as object), weight }]
  })
  const names = new Map([...nameOf].map(([name, revision]) => [revision, name]))
  const added = Object.entries(weights).filter(([revision, weight]) => weight > 0 && !placed.has(revision))
  return [
    ...kept,
    ...added.map(([revision, weight]) => ({ group: '', kind: 'Service', name: names.get(revision), port: 80, weight })),
  ]
}

const backendsOf = (route: HttpRoute, index: number): readonly (BackendRef | undefined)[] =>
  (route.spec.rules[index]?.backendRefs ?? []).map((one) => BackendRef.safeParse(one).data)

const isOwn = ({ metadata }: HttpRoute, backend: BackendRef | undefined): backend is BackendRef =>
  backend?.kind === 'Service' && backend.group === '' && (backend.namespace ?? metadata.namespace) === metadata.namespace

/** A controller may say as much as it likes. */
const longestText = 500

/** What the controllers say of the present generation: `pending`, `taken`, or a sentence why the route has no effect. */
export type RouteStatus = { readonly is: 'pending' | 'taken' } | { readonly is: 'refused'; readonly why: string }

export function routeStatus(route: HttpRoute): RouteStatus {
  const { metadata, spec, status } = route
  if (spec.parentRefs.length === 0) return { is: 'refused', why: `HTTPRoute ${metadata.name} has no parent` }
  for (const parent of spec.parentRefs) {
    const answers = status.parents.filter(({ parentRef }) => isSameParent(parentRef, parent, metadata.namespace))
    if (answers.length === 0) return { is: 'pending' }
    for (const { conditions, controllerName } of answers)
      for (const type of ['Accepted', 'ResolvedRefs']) {
        const condition = conditions.find((one) => one.type === type)
        if (!condition || condition.observedGeneration < metadata.generation) return { is: 'pending' }
        if (condition.status !== 'True') {
          const why = `${controllerName} says of HTTPRoute ${metadata.name} at ${parent.name}: ${(condition.message || condition.reason).slice(0, longestText)}`
          return { is: 'refused', why }
        }
      }
  }
  return { is: 'taken' }
}

function isSameParent(a: ParentRef, b: ParentRef, namespace: string): boolean {
  const key = (one: ParentRef) =>
    JSON.stringify([one.group, one.kind, one.namespace ?? namespace, one.name, one.sectionName ?? null, one.port ?? null])
  return key(a) === key(b)
}

/** @throws Problem target-unavailable for an answer that is no HTTPRoute */
export function parseRoute(object: LiveObject): HttpRoute {
  const parsed = HttpRoute.safeParse(object)
  if (parsed.success) return parsed.data
  throw new Problem(
    'target-unavailable',
    `${object.metadata.name} is not an HTTPRoute of the Gateway API: ${parsed.error.message}`,
  )
}
