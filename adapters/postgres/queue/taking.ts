/** A turn taken and a turn ended: each one transaction under the place's row lock. Signals are the caller's, after commit. */
import { sql } from 'kysely'
import type { ActInput } from '../../../domain/rollout/act.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import type { Revision } from '../../../domain/plan/plan.ts'
import type { Reason } from '../../../domain/rollout/reason.ts'
import { movesFor } from '../../../domain/rollout/rollout.ts'
import type { Asked, Twin } from '../../../domain/queue/turn.ts'
import { isSuperseded, twinThatWentBack } from '../../../domain/queue/turn.ts'
import { appendEvents } from '../events/events.ts'
import type { Run } from './held.ts'
import { eventsOf } from './held.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import { endSubject } from './subjects.ts'
import type { EnvironmentRow, TurnRow } from './turns.ts'
import { grantNext, lockPlace, readTurn, renumber, writeEnd } from './turns.ts'

export type Taken =
  | {
      readonly kind: 'taken'
      readonly stable: Revision | null
      readonly stableReplicas: number
      readonly twin: Twin | null
      readonly asked: Asked | null
    }
  /** `granted` got the place in this transaction and wants a signal. */
  | { readonly kind: 'waiting'; readonly granted: TurnRow | undefined; readonly asked: Asked | null }
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly granted: TurnRow | undefined }

/** Asks for the turn of `run`'s workflow. @throws Problem database-unavailable */
export const takeTurn = (db: Database, run: Run, input: ActInput, stableReplicas: number): Promise<Taken> =>
  db.transaction(async (tx) => {
    const before = await found(tx, run.workflowId)
    const environment = await lockPlace(tx, before.place)
    const granted = await grantNext(tx, before.place)
    const turn = await found(tx, run.workflowId)
    if (turn.state === 'over') return { kind: 'over', outcome: turn.outcome ?? 'aborted', granted }
    if (turn.state === 'waiting') return { kind: 'waiting', granted: otherThan(turn, granted), asked: turn.asked }
    if (isSuperseded(turn, environment.stableNumber)) {
      const reason: Reason = { code: 'superseded', detail: `${environment.stableRelease ?? 'a newer release'} is stable already` }
      const next = await close(tx, turn, { outcome: 'superseded', reason, input })
      return { kind: 'over', outcome: 'superseded', granted: next }
    }
    await open(tx, turn, environment, run, input, stableReplicas)
    const twin = await twinOf(tx, turn)
    return { kind: 'taken', stable: environment.stable, stableReplicas, twin, asked: turn.asked }
  }, 'transaction.take')

/** Of the place's turns, those that ended since this release was asked for. */
async function twinOf(tx: Sql, { workflowId, kind, place, subject, plan }: TurnRow): Promise<Twin | null> {
  const release = await tx.build.selectFrom('release').select('created_at').where('id', '=', subject).executeTakeFirst()
  if (!release) return null
  const rows = await tx.build
    .selectFrom('turn')
    .select(['subject', sql<string>`plan->'canary'->>'version'`.as('version'), 'outcome', 'number', 'over_at'])
    .where('place', '=', place)
    .where('kind', '=', 'rollout')
    .where('state', '=', 'over')
    .where('over_at', '>=', release.created_at)
    .where('workflow_id', '<>', workflowId)
    .$narrowType<{ outcome: Outcome; over_at: Date }>()
    .execute()
  const ended = rows.map(
    (row): Twin => ({
      release: row.subject,
      version: row.version,
      outcome: row.outcome,
      hadTurn: row.number !== null,
      endedAtMs: row.over_at.getTime(),
    }),
  )
  return twinThatWentBack({ kind, version: plan.canary.version, askedAtMs: release.created_at.getTime() }, ended)
}

export interface Ending {
  readonly outcome: Outcome
  readonly reason: Reason | null
  readonly input: Pick<ActInput, 'drafts' | 'step'>
  /** What is stable from now on; absent where that does not change. */
  readonly stable?: Revision
}

/** Ends a turn, moves its subject on and grants the next. A repeat finds it over. Answers who was granted the place. */
export const endTurn = (db: Database, workflowId: string, ending: Ending): Promise<TurnRow | undefined> =>
  db.transaction(async (tx) => {
    const before = await found(tx, workflowId)
    await lockPlace(tx, before.place)
    const turn = await found(tx, workflowId)
    return turn.state === 'over' ? undefined : close(tx, turn, ending)
  }, 'transaction.end')

/** Closes an unended turn under the place's lock, which the caller holds. */
export async function close(tx: Sql, turn: TurnRow, { outcome, reason, input, stable }: Ending): Promise<TurnRow | undefined> {
  await writeEnd(tx, turn.workflowId, outcome, reason)
  if (stable) {
    await tx.build
      .updateTable('environment')
      .set({
        stable: jsonOf(stable),
        stable_release: turn.plan.release,
        stable_number: turn.releaseNumber,
        stable_since: sql<Date>`now()`,
      })
      .where('place', '=', turn.place)
      .execute()
  }
  const held = { turn, fence: { workflowId: turn.workflowId, turn: turn.number ?? 0, step: input.step } }
  const data = { outcome, ...(reason ? { reason: { ...reason } } : {}) }
  await appendEvents(tx, turn.subject, eventsOf(held, input, { kind: `${turn.kind}-ended`, data }))
  await endSubject(tx, turn, outcome, reason)
  return grantNext(tx, turn.place)
}

async function open(
  tx: Sql,
  turn: TurnRow,
  environment: EnvironmentRow,
  run: Run,
  input: ActInput,
  replicas: number,
): Promise<void> {
  const number = turn.runId === run.runId && turn.number !== null ? turn.number : await renumber(tx, turn, run.runId)
  const isStable = environment.stable?.revision === turn.plan.canary.revision
  const moves = isStable ? [] : movesFor(turn.plan, environment.stable, replicas)
  await tx.build
    .updateTable('turn')
    .set({
      phase: 'starting',
      phase_since: sql<Date>`now()`,
      stable: environment.stable && jsonOf(environment.stable),
      stable_release: environment.stableRelease,
      moves: jsonOf(moves),
      step: input.step,
    })
    .where('workflow_id', '=', turn.workflowId)
    .execute()
  const held = { turn: { ...turn, number }, fence: { workflowId: turn.workflowId, turn: number, step: input.step } }
  const data = { stable: environment.stable?.version ?? null, canary: turn.plan.canary.version }
  await appendEvents(tx, turn.subject, eventsOf(held, input, { kind: 'turn-taken', data }))
}

async function found(tx: Sql, workflowId: string): Promise<TurnRow> {
  const turn = await readTurn(tx, workflowId)
  if (!turn) throw new Error(`no turn of ${workflowId}`)
  return turn
}

const otherThan = (turn: TurnRow, granted: TurnRow | undefined): TurnRow | undefined =>
  granted?.workflowId === turn.workflowId ? undefined : granted
