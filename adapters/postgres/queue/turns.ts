/** The queue: rows of `turn` under their resource's row lock. It knows no kind of work. `domain/queue/turn.ts` decides who is next. */
import type { QueryCreator, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { PendingRequest, Turn } from '../../../domain/queue/turn.ts'
import { nextTurn } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/database.ts'
import type { Tables } from '../database/tables.ts'

export const turnColumns = [
  'turn.workflow_id',
  'turn.resource',
  'turn.kind',
  'turn.subject_kind',
  'turn.subject',
  'turn.rank',
  'turn.ordinal',
  'turn.state',
  'turn.pending',
  'turn.token',
  'turn.step',
  'turn.run_id',
] as const

type ColumnOf<Name> = Name extends `turn.${infer Column extends keyof Tables['turn']}` ? Column : never
export type RawTurn = Pick<Selectable<Tables['turn']>, ColumnOf<(typeof turnColumns)[number]>>

export const turnOf = (raw: RawTurn): Turn => ({
  workflowId: raw.workflow_id,
  resource: raw.resource,
  kind: raw.kind,
  subjectKind: raw.subject_kind,
  subject: raw.subject,
  rank: raw.rank,
  ordinal: raw.ordinal,
  state: raw.state,
  pending: raw.pending,
  token: raw.token,
  step: raw.step,
  runId: raw.run_id,
})

/** A turn that is to be queued. */
export type NewTurn = Pick<Turn, 'workflowId' | 'resource' | 'kind' | 'subjectKind' | 'subject' | 'rank' | 'ordinal'>

/**
 * Puts a turn into the queue of its resource. The projection is inserted from `queued` in the same statement. A repeat finds the turn, and
 * `queued` is empty.
 */
export const queueing = (tx: Sql, turn: NewTurn): QueryCreator<Tables & { queued: { workflow_id: string } }> =>
  tx.build.with('queued', (db) =>
    db
      .insertInto('turn')
      .values({
        workflow_id: turn.workflowId,
        resource: turn.resource,
        kind: turn.kind,
        subject_kind: turn.subjectKind,
        subject: turn.subject,
        rank: turn.rank,
        ordinal: turn.ordinal,
      })
      .onConflict((conflict) => conflict.column('workflow_id').doNothing())
      .returning('workflow_id'),
  )

/**
 * Locks the resource's row and returns its newest token. Every change of its queue happens under this lock, so that two never interleave.
 * The first lock inserts the row.
 */
export async function lockResource(tx: Sql, resource: string): Promise<number> {
  const locked = tx.build.selectFrom('resource').select('last_token').where('id', '=', resource).forUpdate()
  const row = await locked.executeTakeFirst()
  if (row) return row.last_token
  await tx.build
    .insertInto('resource')
    .values({ id: resource })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await locked.executeTakeFirstOrThrow()).last_token
}

/** Takes the resource's next token. The caller holds its lock. */
export async function nextToken(tx: Sql, resource: string): Promise<number> {
  const { last_token } = await tx.build
    .updateTable('resource')
    .set((eb) => ({ last_token: eb('last_token', '+', 1) }))
    .where('id', '=', resource)
    .returning('last_token')
    .executeTakeFirstOrThrow()
  return last_token
}

export async function readTurn(db: Sql, workflowId: string): Promise<Turn | undefined> {
  const raw = await db.build.selectFrom('turn').select(turnColumns).where('workflow_id', '=', workflowId).executeTakeFirst()
  return raw && turnOf(raw)
}

const unended = (db: Sql) => db.build.selectFrom('turn').select(turnColumns).where('state', '<>', 'over').orderBy('id')

/** Every turn that is not over, for the sweeper. */
export const unendedTurns = async (db: Sql): Promise<readonly Turn[]> => (await unended(db).execute()).map(turnOf)

/** Opens the next waiting turn where the resource is free, and returns that turn. The caller holds the resource's lock. */
export async function grantNext(tx: Sql, resource: string): Promise<Turn | undefined> {
  const queue = (await unended(tx).where('resource', '=', resource).execute()).map(turnOf)
  if (queue.some((turn) => turn.state === 'open')) return undefined
  const next = nextTurn(queue)
  if (!next) return undefined
  await openTurn(tx, next.workflowId)
  return next
}

/** Gives a free resource to a turn. The caller holds the resource's lock. */
export async function openTurn(tx: Sql, workflowId: string): Promise<void> {
  await tx.build.updateTable('turn').set({ state: 'open' }).where('workflow_id', '=', workflowId).execute()
}

/** Gives the holder the resource's next token, when it takes its turn and when another run of it takes over. */
export async function renumber(tx: Sql, turn: Pick<Turn, 'workflowId' | 'resource'>, runId: string): Promise<number> {
  const token = await nextToken(tx, turn.resource)
  await tx.build.updateTable('turn').set({ token, run_id: runId, step: 0 }).where('workflow_id', '=', turn.workflowId).execute()
  return token
}

/** Writes a request to a turn that is not over. Nothing replaces an abort or a supersede. Returns whether there was such a turn. */
export async function askTurn(tx: Sql, workflowId: string, pending: PendingRequest): Promise<boolean> {
  const row = await tx.build
    .updateTable('turn')
    .set({ pending: sql<PendingRequest>`case when pending in ('abort', 'supersede') then pending else ${pending} end` })
    .where('workflow_id', '=', workflowId)
    .where('state', '<>', 'over')
    .returning('workflow_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Ends a turn, which frees its resource. The caller holds the resource's lock. */
export async function writeOver(tx: Sql, workflowId: string): Promise<void> {
  await tx.build
    .updateTable('turn')
    .set({ state: 'over', over_at: sql<Date>`now()` })
    .where('workflow_id', '=', workflowId)
    .execute()
}
