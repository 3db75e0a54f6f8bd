/** Also keeps people's requests in the row of the turn, so that a lost update delays a request and never loses it. */
import type { SubjectRef } from '../../../domain/subject.ts'
import type { Actor } from '../../../domain/actor.ts'
import { parseEnvironmentRef } from '../../../domain/identity.ts'
import { resourceKey } from '../../../domain/queue/resource.ts'
import { appendEvents } from '../events/events.ts'
import type { Database } from '../database/database.ts'
import { askTurn, lockResource } from '../queue/turns.ts'

export interface Asking {
  /** Asks the turn to revert, and writes who asked and why, once per `key`. Returns false when the turn is over. */
  abort(turn: { readonly workflowId: string; readonly ref: string; readonly subject: SubjectRef }, by: Asker): Promise<boolean>
}

export interface Asker {
  readonly key: string
  readonly actor: Actor
  readonly reason: string | null
}

export const createAsking = (db: Database): Asking => ({
  abort: ({ workflowId, ref, subject }, { key, actor, reason }) =>
    db.transaction(async (tx) => {
      await lockResource(tx, resourceKey('environment', ref))
      if (!(await askTurn(tx, workflowId, 'abort'))) return false
      const where = { environment: parseEnvironmentRef(ref).environment, workflowId, token: null, step: null }
      await appendEvents(tx, subject, [
        { key: `${workflowId}#abort/${key}`, kind: 'abort-requested', actor, at: new Date(), where, data: { reason } },
      ])
      return true
    }),
})
