/** Rollbacks as they are read. Their ids have slashes and come percent-encoded, as one segment of the path. */
import type { RollbackReading } from '../../adapters/postgres/releases/reading.ts'
import { Problem } from '../../domain/problem.ts'
import { Looks } from '../../schema/answers.ts'
import { HistoryQuery, LooksQuery, SubjectListQuery } from '../../schema/queries.ts'
import { History, Rollback, RollbackList } from '../../schema/release.ts'
import { verbOf } from '../../schema/verbs.ts'
import type { ApiDoors } from '../doors.ts'
import { filterOf } from '../list-filter.ts'
import { pageRequest } from '../page.ts'
import { ok, route } from '../route.ts'
import { looksPage } from '../views/looks.ts'
import { historyView, rollbackView } from '../views/release.ts'
import { viewerOf } from './releases.ts'

export const listRollbacks = route({
  verb: verbOf('rollback', 'list'),
  query: SubjectListQuery,
  answers: { 200: RollbackList },
  async handle({ query, ...asked }) {
    const filter = await filterOf(asked.doors, query.service, query)
    const { items, nextCursor } = await asked.doors.reading.rollbacks(filter, pageRequest(query))
    return ok({ items: items.map((reading) => rollbackView(reading, viewerOf(asked))), nextCursor })
  },
})

export const serviceHistory = route({
  verb: verbOf('service', 'history'),
  query: HistoryQuery,
  answers: { 200: History },
  async handle({ query, params, ...asked }) {
    const filter = await filterOf(asked.doors, params.service ?? '', query)
    const { items, nextCursor } = await asked.doors.reading.history(filter, pageRequest(query))
    return ok({ items: items.map((reading) => historyView(reading, viewerOf(asked))), nextCursor })
  },
})

export const showRollback = route({
  verb: verbOf('rollback', 'show'),
  answers: { 200: Rollback },
  async handle(asked) {
    return ok(rollbackView(await found(asked.doors, asked.params.id), viewerOf(asked)))
  },
})

export const rollbackLooks = route({
  verb: verbOf('rollback', 'looks'),
  query: LooksQuery,
  answers: { 200: Looks },
  async handle({ params, query, doors }) {
    const { id } = await found(doors, params.id)
    return ok(await looksPage(doors.reading, id, query))
  },
})

/** @throws Problem not-found */
async function found(doors: ApiDoors, id = ''): Promise<RollbackReading> {
  const reading = await doors.reading.rollback(id)
  if (reading) return reading
  throw new Problem('not-found', `there is no ${id}`)
}
