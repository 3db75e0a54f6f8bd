/** The analysis of a rollout as a row. Each write compares its epoch, so that a new attempt fences off the one before it. */
import { subjectOf } from '../../../domain/subject.ts'
import { sql } from 'kysely'
import type { PendingRequest } from '../../../domain/queue/turn.ts'
import { systemActor } from '../../../domain/actor.ts'
import type { Snapshot } from '../../../domain/analysis/snapshot.ts'
import type { LookRow } from '../../../domain/analysis/look-row.ts'
import type { AnalysisStatus } from '../../../domain/analysis/status.ts'
import type { Verdict } from '../../../domain/analysis/verdict.ts'
import type { NewEvent, StepEvent } from '../../../domain/events/event.ts'
import type { ActivityEvent } from '../rollouts/activity-events.ts'
import type { RolloutLease } from '../rollouts/rollout-ledger.ts'
import type { StepInput } from '../../../domain/rollout/step-input.ts'
import { stepKey } from '../../../domain/queue/fencing-token.ts'
import { eventsOf, whereOf } from '../rollouts/activity-events.ts'
import { appendEvents } from '../events/events.ts'
import type { Database, Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import { Problem } from '../../../domain/problem.ts'

/** What is kept between looks; null before the first. */
export interface StoredAnalysis {
  readonly epoch: number
  readonly state: Snapshot | null
}

export interface LookToKeep {
  readonly atMs: number
  readonly row: LookRow
}

export interface Analyses {
  /**
   * Takes the next epoch and returns what was kept. From here on the writes of an older attempt are refused, and so is an attempt that
   * begins late.
   * @throws Problem stale-token when a newer step of the rollout has begun
   */
  begin(lease: RolloutLease): Promise<StoredAnalysis>
  /** Keeps state, status and looks. Returns the rollout's pending request. @throws Problem stale-epoch */
  keep(
    workflowId: string,
    epoch: number,
    state: Snapshot,
    status: AnalysisStatus,
    looks: readonly LookToKeep[],
  ): Promise<PendingRequest | null>
  /**
   * Writes the verdict with its evidence and event once per (token, step). `isBeside`: the step also has an event of its own.
   * @throws Problem stale-epoch
   */
  conclude(lease: RolloutLease, input: StepInput, epoch: number, verdict: Verdict, isBeside?: boolean): Promise<void>
  /** Writes events of what the analysis observed, each once, by its key. @throws Problem stale-epoch */
  tell(lease: RolloutLease, epoch: number, observed: readonly (StepEvent & { readonly key: string })[]): Promise<void>
}

export const createAnalyses = (db: Database): Analyses => ({
  begin: ({ turn: { workflowId }, fencingToken }: RolloutLease) =>
    db.transaction(async (tx) => {
      // Locked until the epoch is taken. Otherwise an activity that was left behind could take the epoch after the one that runs now, and
      // end its analysis.
      const current = await tx.build
        .selectFrom('turn')
        .select('workflow_id')
        .where('workflow_id', '=', workflowId)
        .where(sql<number>`coalesce(token, 0)`, '=', fencingToken.token)
        .where('step', '<=', fencingToken.step)
        .where('state', '<>', 'over')
        .forShare()
        .executeTakeFirst()
      if (!current) throw new Problem('stale-token', `a newer step of ${workflowId} has been here`)
      const { epoch, state } = await tx.build
        .insertInto('analysis')
        .values({ workflow_id: workflowId, epoch: 1 })
        .onConflict((conflict) => conflict.column('workflow_id').doUpdateSet((eb) => ({ epoch: eb('analysis.epoch', '+', 1) })))
        .returning(['epoch', 'state'])
        .executeTakeFirstOrThrow()
      return { epoch, state }
    }),

  keep: (workflowId, epoch, state, status, looks) =>
    db.transaction(async (tx) => {
      await compareAndSet(tx, workflowId, epoch, state, status)
      for (const { atMs, row } of looks) {
        await tx.build
          .insertInto('look')
          .values({ workflow_id: workflowId, at_ms: atMs, row: jsonOf(row) })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }
      const turn = await tx.build.selectFrom('turn').select('pending').where('workflow_id', '=', workflowId).executeTakeFirst()
      return turn?.pending ?? null
    }, 'transaction.keep'),

  tell: (lease, epoch, observed) =>
    db.transaction(async (tx) => {
      const { turn } = lease
      await lockEpoch(tx, turn.workflowId, epoch)
      const [at, actor, where] = [new Date(), systemActor(turn.kind), whereOf(lease)]
      const events = observed.map(
        ({ key, ...content }): NewEvent => ({ ...content, key: `${turn.workflowId}#${key}`, actor, at, where }),
      )
      await appendEvents(tx, subjectOf(turn), events)
    }),

  conclude: (lease, input, epoch, { kind, detail, evidence }, isBeside = false) =>
    db.transaction(async (tx) => {
      const { turn, fencingToken } = lease
      await lockEpoch(tx, turn.workflowId, epoch)
      const key = stepKey(fencingToken)
      await tx.build
        .insertInto('verdict')
        .values({ key, workflow_id: turn.workflowId, move: input.move, kind, evidence: jsonOf(evidence) })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const event: ActivityEvent = { kind: 'verdict', data: { verdict: kind, detail, weight: turn.weight }, isBeside }
      await appendEvents(tx, subjectOf(turn), eventsOf(lease, { drafts: [], step: fencingToken.step }, event))
    }, 'transaction.conclude'),
})

async function lockEpoch(tx: Sql, workflowId: string, epoch: number): Promise<void> {
  const row = await tx.build
    .selectFrom('analysis')
    .select('epoch')
    .where('workflow_id', '=', workflowId)
    .where('epoch', '=', epoch)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw stale(workflowId)
}

async function compareAndSet(tx: Sql, workflowId: string, epoch: number, state: Snapshot, status: AnalysisStatus): Promise<void> {
  const row = await tx.build
    .updateTable('analysis')
    .set({ state: jsonOf(state), status: jsonOf(status), updated_at: sql<Date>`now()` })
    .where('workflow_id', '=', workflowId)
    .where('epoch', '=', epoch)
    .returning('epoch')
    .executeTakeFirst()
  if (!row) throw stale(workflowId)
}

const stale = (workflowId: string): Problem => new Problem('stale-epoch', `a newer attempt analyses ${workflowId}`)
