/** What the sweeper changes in the queue: it hands over or closes turns of lost workflows and grants free resources. */
import { afterLoss } from '../../../domain/queue/kinds.ts'
import type { Turn } from '../../../domain/queue/turn.ts'
import type { Database, Sql } from '../database/database.ts'
import type { QueueKinds } from './kind.ts'
import { kindOf } from './kind.ts'
import { close } from './take-turn.ts'
import { grantNext, lockResource, openTurn, readTurn, writeOver } from './turns.ts'

/** Runs `work` while no other worker sweeps. Returns undefined while another worker does. */
export const asOnlySweeper = <T>(db: Database, work: () => Promise<T>): Promise<T | undefined> =>
  db.exclusive('holdfast sweeper', work)

/** Grants a free resource to its next turn, and returns that turn. */
export const grantFree = (db: Database, resource: string): Promise<Turn | undefined> =>
  db.transaction(async (tx) => {
    await lockResource(tx, resource)
    return grantNext(tx, resource)
  }, 'transaction.grant')

/** Closes a turn whose workflow is lost and that left nothing to undo. Returns the turn that got the resource. */
export const closeLost = (db: Database, kinds: QueueKinds, workflowId: string): Promise<Turn | undefined> =>
  db.transaction(async (tx) => {
    const turn = await unended(tx, workflowId)
    if (!turn || afterLoss(kindOf(kinds, turn.kind).rules, turn) !== 'close') return undefined
    await kindOf(kinds, turn.kind).lost(tx, turn)
    return close(tx, turn)
  }, 'transaction.close-turn')

/** Ends the open turn of a lost workflow, and opens the turn that recovers the resource. Returns the new turn. */
export const handOver = (db: Database, kinds: QueueKinds, workflowId: string): Promise<Turn | undefined> =>
  db.transaction(async (tx) => {
    const turn = await unended(tx, workflowId)
    if (!turn || turn.state !== 'open' || afterLoss(kindOf(kinds, turn.kind).rules, turn) !== 'hand-over') return undefined
    const next = await kindOf(kinds, turn.kind).handOver(tx, turn)
    await writeOver(tx, workflowId)
    // In the same transaction: the resource is never free in between.
    await openTurn(tx, next)
    return readTurn(tx, next)
  }, 'transaction.hand-over')

async function unended(tx: Sql, workflowId: string): Promise<Turn | undefined> {
  const before = await readTurn(tx, workflowId)
  if (!before) return undefined
  await lockResource(tx, before.resource)
  const turn = await readTurn(tx, workflowId)
  return turn?.state === 'over' ? undefined : turn
}
