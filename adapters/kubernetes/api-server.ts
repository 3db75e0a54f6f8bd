/**
 * The client of one cluster's API server: a request and its answer as an object. The vendor's package reads kubeconfigs and keeps credentials
 * fresh (`connection.ts`). Its own calls are not used: they drop keys that they do not know before the server could refuse them, have no
 * parameter for strict validation in their general form, and open a connection per request.
 */
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import type { ApiCall } from './api-problem.ts'
import { isUnappliedPatch, problemOf, Refusal } from './api-problem.ts'
import type { Cluster } from './clusters.ts'
import type { Bounds, Sent, TextAnswer } from './requests.ts'
import { createRequests, jsonOf, usualBounds } from './requests.ts'
import type { Kind, Owned } from './resource.ts'
import { LiveObject, resourcePath, resources } from './resource.ts'

/** The answers that a caller handles. `absent`: the object does not exist. `conflict`: it was changed meanwhile, or exists already. */
export type Answer =
  | { readonly is: 'done'; readonly object: LiveObject }
  | { readonly is: 'absent' }
  | { readonly is: 'conflict'; readonly refusal: Refusal }

/** `absent`: somebody else had removed it. */
export interface Removal {
  readonly is: 'removed' | 'absent' | 'conflict'
}

export interface Write {
  readonly kind: Kind
  readonly namespace: string
  readonly name: string
  readonly dryRun?: boolean
}

export interface JsonOperation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

/** Every method throws Problem target-unavailable, not-permitted-target for a missing right, and invalid-input for a wrong object. */
export interface ApiServer {
  read(kind: Kind, namespace: string, name: string): Promise<LiveObject | null>
  list(kinds: readonly Kind[], namespace: string, labels: Readonly<Record<string, string>>): Promise<readonly Owned[]>
  create(of: Write, body: object): Promise<Answer>
  replace(of: Write, body: object): Promise<Answer>
  /** @param force takes fields over from other managers */
  apply(of: Write, body: object, force?: boolean): Promise<Answer>
  /** A merge patch (RFC 7396): with a `resourceVersion` in it, it is refused where the object has changed. */
  patch(of: Write, body: object): Promise<Answer>
  /** A JSON patch (RFC 6902). A `test` that does not hold is a conflict. */
  patchJson(of: Write, operations: readonly JsonOperation[]): Promise<Answer>
  /** Removes this object. The API server refuses when it was changed or replaced since it was read. */
  remove(of: Write, { metadata }: LiveObject): Promise<Removal>
  /**
   * Sends a GET whose answer is no object: the log of a pod, or what a pod answers through the API server's proxy. It answers any status
   * but a refusal of the API server itself: a missing right, a credential, or its throttling.
   * @param path below the API server, already encoded @param withinMs the longest wait
   */
  text(asked: Omit<ApiCall, 'cluster'>, path: string, withinMs?: number): Promise<TextAnswer>
  close(): Promise<void>
}

/** The API server records the fields that Holdfast sets under this name. */
export const fieldManager = 'holdfast'

const Removed = z.looseObject({ kind: z.string() })

const List = z.looseObject({
  items: z.array(LiveObject),
  metadata: z.looseObject({ continue: z.string().default('') }).default({ continue: '' }),
})

/** The query of every write. With `Strict` the API server refuses unknown and doubled keys instead of dropping them. */
const written = ({ dryRun = false }: Write) => ({
  fieldManager,
  fieldValidation: 'Strict',
  ...(dryRun ? { dryRun: 'All' } : {}),
})

/** @param name of the cluster, for sentences */
export function createApiServer(name: string, cluster: Cluster, bounds: Bounds = usualBounds): ApiServer {
  const requests = createRequests(name, cluster, bounds)

  /** Parses the answer. @throws Problem for a refusal that is neither an absence nor a conflict */
  async function ask<Parsed>(asked: Omit<ApiCall, 'cluster'>, sent: Sent, schema: z.ZodType<Parsed>) {
    const { httpStatus, body } = await requests.send(asked, sent)
    if (httpStatus >= 200 && httpStatus < 300) {
      const parsed = schema.safeParse(body)
      if (parsed.success) return { is: 'done' as const, object: parsed.data }
      const [issue] = parsed.error.issues
      throw new Problem(
        'target-unavailable',
        `the answer of ${name} about ${asked.resource} is not one of Kubernetes: ${issue?.path.join('.') || 'it'}: ${issue?.message}`,
      )
    }
    const refusal = Refusal.catch({ reason: '', message: '', details: { causes: [] } }).parse(body)
    const isConflict = httpStatus === 409 && refusal.reason !== ''
    if (isConflict || isUnappliedPatch(httpStatus, refusal)) return { is: 'conflict' as const, refusal }
    // Only the API server says that an object is absent: a proxy before it answers 404 too. A missing namespace is no absence of the object
    // but a problem, because nothing could be created in it.
    if (httpStatus === 404 && refusal.reason === 'NotFound' && !refusal.message.startsWith('namespaces '))
      return { is: 'absent' as const }
    throw problemOf({ cluster: name, ...asked }, httpStatus, refusal)
  }

  const asking = (verb: string, kind: Kind, namespace: string) => ({
    verb,
    resource: resources[kind].group ? `${resources[kind].plural}.${resources[kind].group}` : resources[kind].plural,
    namespace,
  })
  const write = (verb: string, of: Write, sent: Omit<Sent, 'path'>, at: string | undefined = of.name): Promise<Answer> =>
    ask(asking(verb, of.kind, of.namespace), { ...sent, path: resourcePath(of.kind, of.namespace, at) }, LiveObject)

  async function listOne(kind: Kind, namespace: string, labelSelector: string): Promise<readonly Owned[]> {
    const found: Owned[] = []
    for (let next = ''; ; ) {
      const query = { labelSelector, limit: '500', ...(next ? { continue: next } : {}) }
      const path = resourcePath(kind, namespace)
      const answer = await ask(asking('list', kind, namespace), { method: 'GET', path, query }, List)
      // A list whose next page is requested too late has expired (410). The next attempt reads it anew.
      if (answer.is !== 'done') throw new Problem('target-unavailable', `${name} has no list of ${resources[kind].plural}`)
      found.push(...answer.object.items.map((object) => ({ kind, object })))
      next = answer.object.metadata.continue
      if (next === '') return found
    }
  }

  return {
    async read(kind, namespace, one) {
      const path = resourcePath(kind, namespace, one)
      const answer = await ask(asking('get', kind, namespace), { method: 'GET', path }, LiveObject)
      return answer.is === 'done' ? answer.object : null
    },
    async list(kinds, namespace, labels) {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
      return (await Promise.all(kinds.map((kind) => listOne(kind, namespace, selector.join(','))))).flat()
    },
    create: (of, body) => write('create', of, { method: 'POST', query: written(of), body }, ''),
    replace: (of, body) => write('update', of, { method: 'PUT', query: written(of), body }),
    apply: (of, body, force = false) => {
      const query = { ...written(of), force: String(force) }
      return write('patch', of, { method: 'PATCH', query, type: 'application/apply-patch+yaml', body })
    },
    patch: (of, body) => write('patch', of, { method: 'PATCH', query: written(of), type: 'application/merge-patch+json', body }),
    patchJson: (of, operations) =>
      write('patch', of, { method: 'PATCH', query: written(of), type: 'application/json-patch+json', body: operations }),
    async remove(of, { metadata: { uid, resourceVersion } }) {
      const body = { preconditions: { uid, resourceVersion }, propagationPolicy: 'Background' }
      const path = resourcePath(of.kind, of.namespace, of.name)
      const asked = asking('delete', of.kind, of.namespace)
      // The API server answers with the object while it is being deleted, else with a Status.
      const answer = await ask(asked, { method: 'DELETE', path, body }, Removed)
      return { is: answer.is === 'done' ? 'removed' : answer.is }
    },
    async text(asked, path, withinMs) {
      const answer = await requests.text(asked, path, withinMs)
      const refusal = refusalIn(answer)
      if (refusal) throw problemOf({ cluster: name, ...asked }, answer.httpStatus, refusal)
      return answer
    },
    close: requests.close,
  }
}

/** What the API server itself refuses it says as a Status. A pod's answer with the same number has none. */
function refusalIn({ httpStatus, text }: TextAnswer): Refusal | null {
  if (![401, 403, 429].includes(httpStatus)) return null
  const status = Status.safeParse(jsonOf(text))
  return status.success ? Refusal.parse(status.data) : null
}

const Status = z.looseObject({ kind: z.literal('Status'), status: z.literal('Failure') })
