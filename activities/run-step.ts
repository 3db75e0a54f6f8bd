/** The frame as the steps of a rollout use it. A step whose turn is over touches nothing. */
import type { ActivityEvent } from '../adapters/postgres/rollouts/activity-events.ts'
import type { RolloutLease, RolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import { isLegal, outcomeOfOver } from '../domain/rollout/phase.ts'
import type { Observation } from '../domain/rollout/rollout.ts'
import { isAskedToRevert } from '../domain/queue/turn.ts'
import { currentRun, inFrame } from './frame.ts'

/** The outcome of an effect: the observation, and the event to write. */
export interface Effect {
  readonly observation: Observation
  readonly event: ActivityEvent | null
  /** The new version's weight. Absent where it does not change. */
  readonly weight?: number
}

export const done: Observation = { kind: 'done' }

/**
 * Runs `effect` under its fencing token and records its outcome once.
 * @throws Problem stale-token when a newer run or step of the rollout has the turn
 */
export const runStep = async (
  ledger: RolloutLedger,
  input: StepInput,
  effect: (lease: RolloutLease) => Promise<Effect>,
): Promise<StepResult> =>
  inFrame({
    ledger,
    run: currentRun(),
    step: input.step,
    over: (lease) => (lease.turn.state === 'over' ? overResult(lease) : null),
    // A requested revert comes before the effect, because a version may take until its deadline to become ready.
    instead: ({ turn: { pending } }) =>
      isAskedToRevert(pending) && isLegal(input.phase, 'abort') ? { observation: null, pending } : null,
    // A new phase is written before its effect, which may take until a deadline. So people see what is tried and what they can request.
    before: ({ turn }) => (turn.phase === input.phase ? null : { input, event: null }),
    async effect(lease) {
      const { observation, ...change } = await effect(lease)
      return { change: { input, ...change }, result: (pending) => ({ observation, pending }) }
    },
  })

/** The result of a step whose turn is already over. The workflow ends with the outcome in the row of its turn. */
export const overResult = ({ turn }: RolloutLease): StepResult => ({
  observation: { kind: 'turn-over', outcome: outcomeOfOver(turn.outcome) },
  pending: null,
})
