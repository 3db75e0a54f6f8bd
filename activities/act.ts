/** The frame of every act: hold the turn, do the effect under its fence, record it. An act whose turn is over touches nothing. */
import { activityInfo } from '@temporalio/activity'
import type { Happened, Held, Run } from '../adapters/postgres/queue/held.ts'
import type { Changes } from '../adapters/postgres/queue/ledger.ts'
import type { ActInput, ActResult } from '../domain/rollout/act.ts'
import { isLegal } from '../domain/rollout/phase.ts'
import { isProblem } from '../domain/problem.ts'
import type { Seen } from '../domain/rollout/rollout.ts'
import { isAskedBack } from '../domain/queue/turn.ts'
import type { Doors } from './doors.ts'

/** What an effect did: what is seen of it, and what is written about it. */
export interface Effect {
  readonly seen: Seen
  readonly happened: Happened | null
  readonly changes?: Changes
}

export const done: Seen = { kind: 'done' }

/** The workflow run on whose behalf this activity acts. */
export function currentRun(): Run {
  const { workflowExecution } = activityInfo()
  if (!workflowExecution) throw new Error('an act needs a workflow')
  return workflowExecution
}

/**
 * Runs `effect` under the fence of (turn, step) and records what came of it, once.
 * @throws Problem stale-turn when something newer acts on this rollout's behalf
 */
export async function act(doors: Doors, input: ActInput, effect: (held: Held) => Promise<Effect>): Promise<ActResult> {
  const run = currentRun()
  const held = await doors.ledger.hold(run, input.step)
  if (held.turn.state === 'over') return overResult(held)
  // A way back that is asked for does not wait for what is brought out: a version may take until its deadline to get ready.
  if (isAskedBack(held.turn.asked) && isLegal(input.phase, 'abort')) return { seen: null, asked: held.turn.asked }
  try {
    // A new phase is shown before its effect, which may take until a deadline: people see what is tried, and what can be asked of it.
    if (held.turn.phase !== input.phase) await doors.ledger.record(held, input, null)
    const { seen, happened, changes } = await effect(held)
    const asked = await doors.ledger.record(held, input, happened, changes)
    return { seen, asked }
  } catch (error) {
    // Refused as late: whoever holds the turn now goes on; where it is over, so are we.
    if (!isProblem(error, 'stale-turn')) throw error
    const again = await doors.ledger.hold(run, input.step)
    if (again.turn.state === 'over') return overResult(again)
    throw error
  }
}

/** Somebody else ended this turn: the workflow ends with the row's outcome. */
export const overResult = ({ turn }: Held): ActResult => ({
  seen: { kind: 'turn-over', outcome: turn.outcome ?? 'aborted' },
  asked: null,
})
