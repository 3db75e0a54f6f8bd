/** Releases whose workflow ended before they did. The sweeper finds and closes them. */
import { sql } from 'kysely'
import { endOfLostRelease } from '../../../domain/queue/after-turn.ts'
import type { Database } from '../database/database.ts'
import { endRelease } from './end-subject.ts'

/** Releases that were started more than 5 s ago and have not ended, with no turn and no rollback in flight. */
export const withoutTurns = (db: Database): Promise<readonly { readonly id: string; readonly service: string }[]> =>
  db.build
    .selectFrom('release as r')
    .select(['r.id', 'r.service'])
    .where('r.ended_at', 'is', null)
    .where('r.started_at', '<', sql<Date>`now() - interval '5 seconds'`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('turn')
            .select('id')
            .where('subject_kind', '=', 'release')
            .whereRef('subject', '=', 'r.id')
            .where('state', '<>', 'over'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('rollback').select('id').whereRef('release_id', '=', 'r.id').where('ended_at', 'is', null))),
    )
    .execute()

/** Closes a release whose workflow has ended, unless a rollout of it is left. */
export const closeRelease = (db: Database, id: string): Promise<void> =>
  db.transaction(async (tx) => {
    const turns = tx.build.selectFrom('turn').select('state').where('subject_kind', '=', 'release').where('subject', '=', id)
    const end = endOfLostRelease(await turns.execute())
    if (end) await endRelease(tx, id, end.outcome, end.reason)
  }, 'transaction.close-release')
