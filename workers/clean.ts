/** Deletes expired rows in batches, so that no request has to do it. The sweeper runs it. */
import { forgetLimits } from '../adapters/limit/postgres.ts'
import { forgetExpired } from '../adapters/postgres/access/forget-expired.ts'
import { lookThinner } from '../adapters/postgres/analysis/thin-looks.ts'
import type { Database } from '../adapters/postgres/database/database.ts'
import { unendedTurns } from '../adapters/postgres/queue/turns.ts'
import { attempt } from './attempt.ts'

const batch = 1_000
/** After this many batches, the rest is left for the next cleaning. */
const mostBatches = 50

/** Cleans once. Does nothing while another worker cleans. One failure does not stop the rest. */
export async function clean(db: Database, log: (error: unknown, what: string) => void): Promise<void> {
  await db.exclusive('holdfast cleaner', async () => {
    for (const [what, forget] of [
      ['limits that are over', forgetLimits],
      ['keys, links and sessions that are over', forgetExpired],
    ] as const)
      await attempt(log, what, () => inBatches(() => forget(db, batch)))
    // Only for running rollouts, because an ended one has at most 2,000 looks.
    for (const { workflowId } of await unendedTurns(db))
      await attempt(log, `looks of ${workflowId}`, () => inBatches(lookThinner(db, workflowId, Date.now(), batch)))
  })
}

/** @param forget returns fewer than a batch when nothing is left */
async function inBatches(forget: () => Promise<number>): Promise<void> {
  for (let done = 0; done < mostBatches; done += 1) if ((await forget()) < batch) return
}
