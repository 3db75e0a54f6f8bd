/** The ledger that the activities of rollouts write through: the queue's ledger, and turns taken and ended as rollouts do. */
import { subjectOf } from '../../../domain/subject.ts'
import { sql } from 'kysely'
import type { Revision } from '../../../domain/plan/plan.ts'
import { queueRules } from '../../../domain/queue/kinds.ts'
import type { Twin } from '../../../domain/queue/twin.ts'
import { revertedTwin } from '../../../domain/queue/twin.ts'
import type { PendingRequest, Turn } from '../../../domain/queue/turn.ts'
import type { StepInput } from '../../../domain/rollout/step-input.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import { outcomeOfOver } from '../../../domain/rollout/phase.ts'
import { movesAtBegin } from '../../../domain/rollout/moves.ts'
import type { Database, Sql } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import type { Lease, Run } from '../queue/lease.ts'
import type { CurrentRun, Ledger } from '../queue/ledger.ts'
import { createLedger } from '../queue/ledger.ts'
import { endTurn, takeTurn } from '../queue/take-turn.ts'
import { eventsOf } from './activity-events.ts'
import type { Ending } from './end-rollout.ts'
import { endRollout } from './end-rollout.ts'
import { readEnvironment } from './environment.ts'
import { rolloutKinds } from './rollout-kinds.ts'
import type { RolloutChange } from './projection.ts'
import { rolloutProjection, writeBegin } from './projection.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { foundRollout, readRollout } from './rollout-turns.ts'

export type RolloutLease = Lease<RolloutTurn>

/** What a rollout starts from. */
interface Begun {
  readonly stable: Revision | null
  readonly stableReplicas: number
  readonly twin: Twin | null
}

export type TakenRollout =
  | ({ readonly kind: 'taken'; readonly pending: PendingRequest | null } & Begun)
  /** `granted` got the environment in this transaction; the caller wakes it. */
  | { readonly kind: 'waiting'; readonly granted: Turn | undefined; readonly pending: PendingRequest | null }
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly granted: Turn | undefined }

export interface RolloutLedger extends Ledger<RolloutLease, RolloutChange> {
  turn(workflowId: string): Promise<RolloutTurn | undefined>
  /** Asks for the turn of the run's workflow. */
  take(run: Run, input: StepInput, stableReplicas: number): Promise<TakenRollout>
  /** Ends a turn and moves its subject on. A repeat finds it over. Returns the turn that got the environment. */
  end(workflowId: string, ending: Ending): Promise<Turn | undefined>
}

export const createRolloutLedger = (db: Database, currentRun: CurrentRun): RolloutLedger => ({
  ...createLedger(db, rolloutProjection, currentRun),
  turn: (workflowId) => readRollout(db, workflowId),

  async take(run, input, stableReplicas) {
    const taken = await takeTurn(db, rolloutKinds, run, input.step, {
      superseded: (tx, turn) => endSuperseded(tx, turn, input),
      open: (tx, lease) => begin(tx, lease, input, stableReplicas),
    })
    switch (taken.kind) {
      case 'taken':
        return { kind: 'taken', pending: taken.pending, ...taken.opened }
      case 'waiting':
        return taken
      case 'over':
        return { ...taken, outcome: outcomeOfOver((await foundRollout(db, run.workflowId)).outcome) }
    }
  },

  end: (workflowId, ending) => endTurn(db, workflowId, async (tx) => endRollout(tx, await foundRollout(tx, workflowId), ending)),
})

async function endSuperseded(tx: Sql, { workflowId }: Turn, input: StepInput): Promise<void> {
  const turn = await foundRollout(tx, workflowId)
  const { stableRelease } = await readEnvironment(tx, turn.ref)
  await endRollout(tx, turn, { ...queueRules[turn.kind].endWhenSuperseded(stableRelease), input })
}

async function begin(
  tx: Sql,
  { turn: { workflowId, token }, fencingToken }: Lease,
  input: StepInput,
  replicas: number,
): Promise<Begun> {
  const turn = { ...(await foundRollout(tx, workflowId)), token }
  const environment = await readEnvironment(tx, turn.ref)
  const { canary } = turn.plan
  const { stable } = environment
  await writeBegin(tx, workflowId, environment, movesAtBegin(turn.plan, stable, replicas))
  const data = { stable: stable?.version ?? null, canary: canary.version }
  await appendEvents(tx, subjectOf(turn), eventsOf({ turn, fencingToken }, input, { kind: 'turn-taken', data }))
  return { stable, stableReplicas: replicas, twin: await twinOf(tx, turn) }
}

/** Looks for a twin among the environment's turns that ended since this release was asked for. */
async function twinOf(tx: Sql, { workflowId, kind, resource, subject, plan }: RolloutTurn): Promise<Twin | null> {
  const release = await tx.build.selectFrom('release').select('created_at').where('id', '=', subject).executeTakeFirst()
  if (!release) return null
  const rows = await tx.build
    .selectFrom('turn')
    .innerJoin('rollout', 'rollout.workflow_id', 'turn.workflow_id')
    .select(['subject', sql<string>`plan->'canary'->>'version'`.as('version'), 'outcome', 'token', 'over_at'])
    .where('resource', '=', resource)
    .where('kind', '=', 'rollout')
    .where('state', '=', 'over')
    .where('over_at', '>=', release.created_at)
    .where('turn.workflow_id', '<>', workflowId)
    .$narrowType<{ outcome: Outcome; over_at: Date }>()
    .execute()
  const ended = rows.map(
    (row): Twin => ({
      release: row.subject,
      version: row.version,
      outcome: row.outcome,
      hadTurn: row.token !== null,
      endedAtMs: row.over_at.getTime(),
    }),
  )
  return revertedTwin({ kind, version: plan.canary.version, requestedAtMs: release.created_at.getTime() }, ended)
}
