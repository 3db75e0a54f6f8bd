/** An environment with a queue of rollouts in its own database, as the API writes it. */
import { insertSubject } from '../../adapters/postgres/events/events.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import { enqueueRollout } from '../../adapters/postgres/rollouts/rollout-turns.ts'
import type { StepInput } from '../../domain/rollout/step-input.ts'
import { rolloutWorkflowId } from '../../domain/identity.ts'
import type { Revision, RolloutPlan } from '../../domain/plan/plan.ts'
import { subjectKindOf } from '../../domain/subject.ts'
import { planOf } from '../domain/rollout/rollout-machine.ts'
import { testDatabase } from './postgres.ts'

export interface Queue extends AsyncDisposable {
  readonly db: Database
  readonly ref: string
  /** Accepts release `number` and queues its rollout. Resolves with the rollout's plan. */
  accept(number: number, changes?: Partial<RolloutPlan>): Promise<RolloutPlan>
}

export const revisionOf = (version: string): Revision => ({ ...planOf().canary, version, revision: `r-${version}` })

export const input = (step: number): StepInput => ({ step, phase: 'queued', move: 0, drafts: [], reason: null })

export async function openQueue(): Promise<Queue> {
  const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
  return { ...(await queueIn(db)), [Symbol.asyncDispose]: () => db.close() }
}

/** Opens a queue in a database that its owner closes, such as the one of an API. */
export async function queueIn(db: Database): Promise<Omit<Queue, keyof AsyncDisposable>> {
  await db.query(`insert into service (name, declaration, declaration_digest) values ('shop', '{}', '')`)
  await db.query(`insert into environment (service, name) values ('shop', 'production')`)
  return {
    db,
    ref: 'shop/production',
    async accept(number, changes = {}) {
      const release = `shop-${number}`
      const ref = { service: 'shop', environment: 'production' }
      const plan = planOf({
        ref,
        release,
        releaseNumber: number,
        workflowId: rolloutWorkflowId(ref, release),
        canary: revisionOf(`1.${number}.0`),
        ...changes,
      })
      await insertSubject(db, { kind: subjectKindOf(plan.kind), id: release })
      await db.query(
        `insert into release (id, service, number, version, plan, plan_digest, requested_by, started_at) values ($1, 'shop', $2, $3, $4, '', '{"kind":"person","id":"ann"}', now())`,
        [release, number, plan.canary.version, JSON.stringify({ rollouts: [plan] })],
      )
      await enqueueRollout(db, plan, release)
      return plan
    },
  }
}
