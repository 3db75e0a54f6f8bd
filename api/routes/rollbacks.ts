/** Rollbacks as they are read. Their ids have slashes and come percent-encoded, as one segment of the path. */
import { Problem } from '../../domain/problem.ts'
import { Rollback } from '../../schema/release.ts'
import { verbOf } from '../../schema/verbs.ts'
import { ok, route } from '../route.ts'
import { rollbackView } from '../views/release.ts'
import { viewerOf } from './releases.ts'

export const showRollback = route({
  verb: verbOf('rollback', 'show'),
  answers: { 200: Rollback },
  async handle(asked) {
    const id = asked.params.id ?? ''
    const reading = await asked.doors.reading.rollback(id)
    if (!reading) throw new Problem('not-found', `there is no ${id}`)
    return ok(rollbackView(reading, viewerOf(asked)))
  },
})
