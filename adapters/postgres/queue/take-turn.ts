/** Takes and ends turns, each in one transaction under the resource's row lock. The caller sends signals after the commit. */
import type { PendingRequest, Turn } from '../../../domain/queue/turn.ts'
import type { Database, Sql } from '../database/database.ts'
import type { Opening, QueueKinds } from './kind.ts'
import { kindOf } from './kind.ts'
import type { Run } from './lease.ts'
import { grantNext, lockResource, readTurn, renumber, writeOver } from './turns.ts'

export type Taken<Opened> =
  | { readonly kind: 'taken'; readonly opened: Opened; readonly pending: PendingRequest | null }
  /** `granted` got the resource in this transaction; the caller wakes it. */
  | { readonly kind: 'waiting'; readonly granted: Turn | undefined; readonly pending: PendingRequest | null }
  | { readonly kind: 'over'; readonly granted: Turn | undefined }

/** Asks for the turn of `run`'s workflow. @throws Problem database-unavailable */
export const takeTurn = <Opened>(
  db: Database,
  kinds: QueueKinds,
  run: Run,
  step: number,
  opening: Opening<Opened>,
): Promise<Taken<Opened>> =>
  db.transaction(async (tx) => {
    const { resource } = await found(tx, run.workflowId)
    await lockResource(tx, resource)
    const granted = await grantNext(tx, resource)
    const turn = await found(tx, run.workflowId)
    if (turn.state === 'over') return { kind: 'over', granted }
    if (turn.state === 'waiting') return { kind: 'waiting', granted: otherThan(turn, granted), pending: turn.pending }
    const { rules, settled } = kindOf(kinds, turn.kind)
    if (rules.isSuperseded(turn.ordinal, await settled(tx, turn))) {
      await opening.superseded(tx, turn)
      return { kind: 'over', granted: await close(tx, turn) }
    }
    const token = turn.runId === run.runId && turn.token !== null ? turn.token : await renumber(tx, turn, run.runId)
    await tx.build.updateTable('turn').set({ step }).where('workflow_id', '=', turn.workflowId).execute()
    const fencingToken = { workflowId: turn.workflowId, token, step }
    return { kind: 'taken', opened: await opening.open(tx, { turn: { ...turn, token }, fencingToken }), pending: turn.pending }
  }, 'transaction.take')

/**
 * Ends a turn and grants the next one. A repeat finds it over. Returns the turn that got the resource.
 * @param write writes the end into the tables of the kind
 */
export const endTurn = (
  db: Database,
  workflowId: string,
  write: (tx: Sql, turn: Turn) => Promise<void>,
): Promise<Turn | undefined> =>
  db.transaction(async (tx) => {
    const { resource } = await found(tx, workflowId)
    await lockResource(tx, resource)
    const turn = await found(tx, workflowId)
    if (turn.state === 'over') return undefined
    await write(tx, turn)
    return close(tx, turn)
  }, 'transaction.end')

/** Closes a turn whose end its kind has written. The caller holds the resource's lock. */
export async function close(tx: Sql, turn: Turn): Promise<Turn | undefined> {
  await writeOver(tx, turn.workflowId)
  return grantNext(tx, turn.resource)
}

async function found(tx: Sql, workflowId: string): Promise<Turn> {
  const turn = await readTurn(tx, workflowId)
  if (!turn) throw new Error(`no turn of ${workflowId}`)
  return turn
}

const otherThan = (turn: Turn, granted: Turn | undefined): Turn | undefined =>
  granted?.workflowId === turn.workflowId ? undefined : granted
