/** The sweeper: makes every loss a delay. What signals, starts and ends should have done, it does again from the rows. */
import type { Database } from '../adapters/postgres/database/pool.ts'
import {
  asOnlySweeper,
  closeRelease,
  closeUntouched,
  grantFree,
  handOver,
  withoutTurns,
} from '../adapters/postgres/queue/sweeping.ts'
import type { TurnRow } from '../adapters/postgres/queue/turns.ts'
import { unendedTurns } from '../adapters/postgres/queue/turns.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import type { Starting } from '../adapters/temporal/starting.ts'
import { systemActor } from '../domain/actor.ts'
import { releaseWorkflowId } from '../domain/identity.ts'
import { isLegal } from '../domain/rollout/phase.ts'
import { isAskedBack } from '../domain/queue/turn.ts'

export interface Sweeping {
  readonly db: Database
  readonly executions: Executions
  readonly starting: Starting
  readonly log: (error: unknown, what: string) => void
}

/** Sweeps once; does nothing where another worker is sweeping. One row's failure does not stop the others. */
export async function sweep(sweeping: Sweeping): Promise<void> {
  await asOnlySweeper(sweeping.db, async () => {
    await attempt(sweeping, 'start what was not started', () => sweeping.starting.startUnstarted())
    for (const turn of await unendedTurns(sweeping.db)) {
      await attempt(sweeping, `turn of ${turn.workflowId}`, () => sweepTurn(sweeping, turn))
    }
    await attempt(sweeping, 'releases without a workflow', () => sweepReleases(sweeping))
  })
}

const sweeper = systemActor('sweeper')

async function sweepTurn({ db, executions, starting }: Sweeping, turn: TurnRow): Promise<void> {
  const state = await executions.state(turn.workflowId)
  if (state === 'running') return hasten(db, executions, turn)
  if (state === 'absent' && turn.kind === 'rollback') return starting.startRollback(turn.plan, sweeper)
  // A rollout that its release has not started yet will be; one whose release is gone will not.
  if (state === 'absent' && (await isReleaseRunning(executions, turn))) return
  if (turn.number === null) {
    const granted = await closeUntouched(db, turn.workflowId)
    if (granted) await executions.look(granted.workflowId)
    return
  }
  const plan = await handOver(db, turn.workflowId)
  if (plan) await starting.startRollback(plan, sweeper)
}

/** A free place is granted; a granted turn that was not taken, and an asked way back, are signalled again. */
async function hasten(db: Database, executions: Executions, turn: TurnRow): Promise<void> {
  if (turn.state === 'waiting') {
    const granted = await grantFree(db, turn.place)
    if (granted) await executions.look(granted.workflowId)
  }
  // Not where nothing can come of it: a way back that waits for its operator for days would be signalled all the while.
  if ((turn.state === 'open' && turn.runId === null) || (isAskedBack(turn.asked) && isLegal(turn.phase, 'abort')))
    await executions.look(turn.workflowId)
}

const isReleaseRunning = async (executions: Executions, turn: TurnRow): Promise<boolean> =>
  (await executions.state(releaseWorkflowId(turn.plan.place.service, turn.plan.release))) !== 'closed'

async function sweepReleases({ db, executions }: Sweeping): Promise<void> {
  for (const { id, service } of await withoutTurns(db)) {
    if ((await executions.state(releaseWorkflowId(service, id))) === 'closed') await closeRelease(db, id)
  }
}

async function attempt({ log }: Sweeping, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log(error, what)
  }
}
