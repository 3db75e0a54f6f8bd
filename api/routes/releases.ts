/** Starts, plans, retries, lists, shows and explains releases. */
import type { ReleaseRow } from '../../adapters/postgres/releases/subject-rows.ts'
import { environmentsUntil, planRelease } from '../../domain/plan/plan-release.ts'
import { Explanation, Looks, Plan } from '../../schema/answers.ts'
import { LooksQuery, StartQuery, SubjectListQuery } from '../../schema/queries.ts'
import { Release, ReleaseList, ReleaseRequest, RetryRequest, Started } from '../../schema/release.ts'
import { verbOf } from '../../schema/verbs.ts'
import { findArtifact } from '../artifacts.ts'
import { assertTargetsPermitted } from '../assert-permitted.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { findService } from '../find-service.ts'
import { filterOf } from '../list-filter.ts'
import { pageRequest } from '../page.ts'
import { noSubject } from '../remedies.ts'
import { findSecrets } from '../secrets.ts'
import type { RequestContext, HandlerDependencies } from '../route.ts'
import { ok, route, started } from '../route.ts'
import { explanationView, tell } from '../views/explanation.ts'
import { looksPage } from '../views/looks.ts'
import { planView } from '../views/plan.ts'
import type { Viewer } from '../views/release.ts'
import { releaseView } from '../views/release.ts'
import { unreadyDetail } from '../views/unready.ts'

export const startRelease = route({
  verb: verbOf('release', 'start'),
  query: StartQuery,
  body: ReleaseRequest,
  answers: { 200: Plan, 202: Started },
  needs: ['services', 'queues', 'accepting', 'artifacts', 'target', 'targetRefusal', 'secretsIn', 'traffic', 'metrics', 'engine'],
  async handle({ params, query, body, ...caller }, { engine, ...dependencies }) {
    const { declaration } = await findService(dependencies, params.service ?? '')
    if (query.dryRun) return ok(await dryRun(dependencies, declaration, body, caller))
    return started(await engine.startRelease(declaration, body, caller))
  },
})

export const retryRelease = route({
  verb: verbOf('release', 'retry'),
  body: RetryRequest,
  answers: { 202: Started },
  needs: ['engine'],
  async handle({ params, body, ...caller }, { engine }) {
    return started(await engine.retry(params.id ?? '', body.note, caller))
  },
})

export const listReleases = route({
  verb: verbOf('release', 'list'),
  query: SubjectListQuery,
  answers: { 200: ReleaseList },
  needs: ['services', 'queries', 'settings', 'engine'],
  async handle({ query, origin }, dependencies) {
    const filter = await filterOf(dependencies, query.service, query)
    const { items, nextCursor } = await dependencies.queries.releases(filter, pageRequest(query))
    return ok({ items: items.map((row) => releaseView(row, viewerOf(dependencies, origin))), nextCursor })
  },
})

export const showRelease = route({
  verb: verbOf('release', 'show'),
  answers: { 200: Release },
  needs: ['queries', 'settings', 'engine'],
  async handle({ params, origin }, dependencies) {
    return ok(releaseView(await found(dependencies, params.id), viewerOf(dependencies, origin)))
  },
})

export const explainRelease = route({
  verb: verbOf('release', 'explain'),
  answers: { 200: Explanation },
  needs: ['queries', 'events', 'target', 'settings', 'engine'],
  async handle({ params, origin }, dependencies) {
    const row = await found(dependencies, params.id)
    const subject = { kind: 'release', id: row.id } as const
    const verdicts = await dependencies.queries.verdicts(subject)
    const [events, unready] = await Promise.all([
      tell(dependencies.events, subject, verdicts),
      unreadyDetail(dependencies, row.turn),
    ])
    return ok(explanationView(releaseView(row, viewerOf(dependencies, origin)), row, { verdicts, ...events, unready }))
  },
})

export const releaseLooks = route({
  verb: verbOf('release', 'looks'),
  query: LooksQuery,
  answers: { 200: Looks },
  needs: ['queries'],
  async handle({ params, query }, dependencies) {
    const { id } = await found(dependencies, params.id)
    return ok(await looksPage(dependencies.queries, { kind: 'release', id }, query))
  },
})

/** @param origin the address that the request was sent to */
export const viewerOf = ({ settings, engine }: Pick<HandlerDependencies, 'settings' | 'engine'>, origin: string): Viewer => ({
  settings,
  stuckness: engine.stuckness,
  origin,
})

/** @throws Problem not-found */
async function found(dependencies: Pick<ApiDependencies, 'queries'>, id: string | undefined): Promise<ReleaseRow> {
  const row = await dependencies.queries.release(id ?? '')
  if (row) return row
  throw await noSubject(dependencies, { kind: 'release', id: id ?? '' })
}

/** The plan that a start would have, except for its number. */
async function dryRun(
  dependencies: Pick<
    ApiDependencies,
    'services' | 'queues' | 'accepting' | 'artifacts' | 'target' | 'targetRefusal' | 'secretsIn' | 'traffic' | 'metrics'
  >,
  declaration: Parameters<typeof planRelease>[0],
  { version, artifact, until, now, note }: ReleaseRequest,
  { actor: requestedBy, signal }: Pick<RequestContext<unknown, unknown>, 'actor' | 'signal'>,
): Promise<Plan> {
  const environments = environmentsUntil(declaration, until ?? null)
  assertTargetsPermitted(declaration, environments, dependencies)
  const found = await findArtifact(dependencies, environments, artifact, 'plan', signal)
  await dependencies.accepting.refuseOtherArtifact(declaration.name, version, found)
  const input = {
    version,
    artifact: found,
    until: until ?? null,
    now,
    note,
    retryOf: null,
    requestedBy,
    ...(await findSecrets(dependencies, declaration, until ?? null)),
  }
  return planView(dependencies, planRelease(declaration, 1, input), declaration.alpha)
}
