/** Lists and shows rollbacks. Their ids have slashes, and come percent-encoded as one segment of the path. */
import type { RollbackRow } from '../../adapters/postgres/releases/subject-rows.ts'
import { Looks } from '../../schema/answers.ts'
import { HistoryQuery, LooksQuery, SubjectListQuery } from '../../schema/queries.ts'
import { History, Rollback, RollbackList } from '../../schema/release.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { filterOf } from '../list-filter.ts'
import { pageRequest } from '../page.ts'
import { noSubject } from '../remedies.ts'
import { ok, route } from '../route.ts'
import { looksPage } from '../views/looks.ts'
import { historyView, rollbackView } from '../views/release.ts'
import { viewerOf } from './releases.ts'

export const listRollbacks = route({
  verb: verbOf('rollback', 'list'),
  query: SubjectListQuery,
  answers: { 200: RollbackList },
  needs: ['services', 'queries', 'settings', 'engine'],
  async handle({ query, origin }, dependencies) {
    const filter = await filterOf(dependencies, query.service, query)
    const { items, nextCursor } = await dependencies.queries.rollbacks(filter, pageRequest(query))
    return ok({ items: items.map((row) => rollbackView(row, viewerOf(dependencies, origin))), nextCursor })
  },
})

export const serviceHistory = route({
  verb: verbOf('service', 'history'),
  query: HistoryQuery,
  answers: { 200: History },
  needs: ['services', 'queries', 'settings', 'engine'],
  async handle({ query, params, origin }, dependencies) {
    const filter = await filterOf(dependencies, params.service ?? '', query)
    const { items, nextCursor } = await dependencies.queries.history(filter, pageRequest(query))
    return ok({ items: items.map((row) => historyView(row, viewerOf(dependencies, origin))), nextCursor })
  },
})

export const showRollback = route({
  verb: verbOf('rollback', 'show'),
  answers: { 200: Rollback },
  needs: ['queries', 'settings', 'engine'],
  async handle({ params, origin }, dependencies) {
    return ok(rollbackView(await found(dependencies, params.id), viewerOf(dependencies, origin)))
  },
})

export const rollbackLooks = route({
  verb: verbOf('rollback', 'looks'),
  query: LooksQuery,
  answers: { 200: Looks },
  needs: ['queries'],
  async handle({ params, query }, dependencies) {
    const { id } = await found(dependencies, params.id)
    return ok(await looksPage(dependencies.queries, { kind: 'rollback', id }, query))
  },
})

/** @throws Problem not-found */
async function found(dependencies: Pick<ApiDependencies, 'queries'>, id = ''): Promise<RollbackRow> {
  const row = await dependencies.queries.rollback(id)
  if (row) return row
  throw await noSubject(dependencies, { kind: 'rollback', id })
}
