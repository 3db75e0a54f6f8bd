/** Rollouts and rollbacks as kinds of work: what they hand to the queue. */
import { subjectOf } from '../../../domain/subject.ts'
import { systemActor } from '../../../domain/actor.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import { endsAtHandOver, recoveryPlan } from '../../../domain/queue/after-turn.ts'
import type { TurnKind } from '../../../domain/queue/kinds.ts'
import { endWhenLost, lost, queueRules } from '../../../domain/queue/kinds.ts'
import type { Turn } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import { appendEvents, insertSubject } from '../events/events.ts'
import type { QueueKind } from '../queue/kind.ts'
import { endRollout } from './end-rollout.ts'
import { readEnvironment } from './environment.ts'
import { writeOutcome } from './projection.ts'
import type { RolloutTurn } from './rollout-turns.ts'
import { enqueueRollout, foundRollout } from './rollout-turns.ts'
import { endRow } from './end-subject.ts'

const kind = (name: TurnKind): QueueKind => ({
  rules: queueRules[name],
  settled,
  async lost(tx, { workflowId, step }) {
    const input = { drafts: [], step: step + 1 }
    await endRollout(tx, await foundRollout(tx, workflowId), { ...endWhenLost(name, 'close'), input })
  },
  handOver,
})

export const rolloutKinds = { rollout: kind('rollout'), rollback: kind('rollback') } satisfies Record<TurnKind, QueueKind>

async function settled(tx: Sql, { workflowId }: Turn): Promise<number | null> {
  const { ref } = await foundRollout(tx, workflowId)
  return (await readEnvironment(tx, ref)).stableNumber
}

/** Hands the turn of a lost rollout to a rollback that reverts its traffic. Returns the workflow of the rollback. */
async function handOver(tx: Sql, { workflowId }: Turn): Promise<string> {
  const turn = await foundRollout(tx, workflowId)
  const plan = await recoverLost(tx, turn)
  const { outcome, reason } = endWhenLost(turn.kind, 'hand-over')
  await writeOutcome(tx, workflowId, outcome, reason)
  for (const end of endsAtHandOver(turn)) await endRow(tx, end.kind, end.id, end.outcome, reason)
  await enqueueRollout(tx, plan, plan.workflowId)
  const data = { lost: workflowId, to: plan.workflowId }
  const where = { environment: turn.plan.ref.environment, workflowId, token: null, step: null }
  const [actor, at] = [systemActor('sweeper'), new Date()]
  await appendEvents(tx, subjectOf(turn), [{ key: `${workflowId}#lost`, kind: 'turn-handed-over', actor, at, where, data }])
  return plan.workflowId
}

async function recoverLost(tx: Sql, turn: RolloutTurn): Promise<RolloutPlan> {
  const { service, environment } = turn.plan.ref
  const row = await tx.build
    .updateTable('service')
    .set((eb) => ({ next_rollback: eb('next_rollback', '+', 1) }))
    .where('name', '=', service)
    .returning((eb) => eb('next_rollback', '-', 1).as('number'))
    .executeTakeFirst()
  if (!row) throw new Error(`no service ${service}`)
  const plan = recoveryPlan(turn.plan, row.number)
  await insertSubject(tx, { kind: 'rollback', id: plan.workflowId })
  await tx.build
    .insertInto('rollback')
    .values({
      id: plan.workflowId,
      service,
      environment,
      release_id: plan.release,
      plan: jsonOf(plan),
      requested_by: jsonOf(systemActor('sweeper')),
      note: lost.detail,
    })
    .execute()
  return plan
}
