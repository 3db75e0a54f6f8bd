/** The sweeper turns every loss into a delay. It finds in the rows what lost signals, starts and ends should have done, and does it. */
import type { Database } from '../adapters/postgres/database/database.ts'
import type { QueueKinds } from '../adapters/postgres/queue/kind.ts'
import { asOnlySweeper, closeLost, grantFree, handOver } from '../adapters/postgres/queue/queue-sweep.ts'
import { unendedTurns } from '../adapters/postgres/queue/turns.ts'
import { closeRelease, withoutTurns } from '../adapters/postgres/rollouts/lost-releases.ts'
import type { Executions } from '../adapters/temporal/executions.ts'
import type { Starting } from '../adapters/temporal/starting.ts'
import { releaseWorkflowId } from '../domain/identity.ts'
import { afterLoss } from '../domain/queue/kinds.ts'
import type { Turn } from '../domain/queue/turn.ts'
import { attempt } from './attempt.ts'

/** What the sweeper needs from a kind of work, besides its row in the queue. */
export interface SweptKind {
  /** Starts the workflow of a turn that Temporal has never seen. */
  start(workflowId: string): Promise<void>
  /**
   * What to do about a turn whose workflow Temporal has never seen: start it now, wait because its release will start it, or treat it as
   * lost.
   */
  whenAbsent(turn: Turn): Promise<'start' | 'wait' | 'lost'>
  /** Whether the workflow can act on its pending request now, so that another signal is useful. */
  heedsPending(turn: Turn): Promise<boolean>
}

export interface Sweeping {
  readonly db: Database
  readonly queueKinds: QueueKinds
  readonly sweptKinds: Readonly<Record<string, SweptKind>>
  readonly executions: Executions
  readonly starting: Starting
  readonly log: (error: unknown, what: string) => void
}

/** Sweeps once. Does nothing while another worker sweeps. A failure at one row does not stop the others. */
export async function sweep(sweeping: Sweeping): Promise<void> {
  const { db, log } = sweeping
  await asOnlySweeper(db, async () => {
    await attempt(log, 'start what was not started', () => sweeping.starting.startUnstarted())
    for (const turn of await unendedTurns(db)) {
      await attempt(log, `turn of ${turn.workflowId}`, () => sweepTurn(sweeping, turn))
    }
    await attempt(log, 'releases without a workflow', () => sweepReleases(sweeping))
  })
}

async function sweepTurn({ db, queueKinds, sweptKinds, executions }: Sweeping, turn: Turn): Promise<void> {
  const [queueKind, swept] = [queueKinds[turn.kind], sweptKinds[turn.kind]]
  if (!queueKind || !swept) throw new Error(`no kind of work is called ${turn.kind}`)
  const state = await executions.state(turn.workflowId)
  if (state === 'running') return hasten(db, executions, swept, turn)
  const absent = state === 'absent' ? await swept.whenAbsent(turn) : 'lost'
  if (absent === 'wait') return
  if (absent === 'start') return swept.start(turn.workflowId)
  if (afterLoss(queueKind.rules, turn) === 'close') {
    const granted = await closeLost(db, queueKinds, turn.workflowId)
    if (granted) await executions.wake(granted.workflowId)
    return
  }
  const next = await handOver(db, queueKinds, turn.workflowId)
  const successor = next === undefined ? undefined : sweptKinds[next.kind]
  if (next && successor) await successor.start(next.workflowId)
}

/** Grants a free resource. Repeats the signal for a granted turn that was not taken, and for a requested revert. */
async function hasten(db: Database, executions: Executions, swept: SweptKind, turn: Turn): Promise<void> {
  if (turn.state === 'waiting') {
    const granted = await grantFree(db, turn.resource)
    if (granted) await executions.wake(granted.workflowId)
  }
  if ((turn.state === 'open' && turn.runId === null) || (turn.pending !== null && (await swept.heedsPending(turn))))
    await executions.wake(turn.workflowId)
}

async function sweepReleases({ db, executions }: Sweeping): Promise<void> {
  for (const { id, service } of await withoutTurns(db)) {
    if ((await executions.state(releaseWorkflowId(service, id))) === 'closed') await closeRelease(db, id)
  }
}
