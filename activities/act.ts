/** The frame as the steps of a rollout use it. A step whose turn is over touches nothing. */
import type { Happened } from '../adapters/postgres/rollouts/act-events.ts'
import type { RolloutLease, RolloutLedger } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { ActInput, ActResult } from '../domain/rollout/act.ts'
import { isLegal } from '../domain/rollout/phase.ts'
import type { Seen } from '../domain/rollout/rollout.ts'
import { isAskedToRevert } from '../domain/queue/turn.ts'
import { currentRun, inFrame } from './frame.ts'

/** What an effect did: what is seen of it, and what is written about it. */
export interface Effect {
  readonly seen: Seen
  readonly happened: Happened | null
  /** The new version's weight; absent where it stays. */
  readonly weight?: number
}

export const done: Seen = { kind: 'done' }

/**
 * Runs `effect` under its fencing token and records what came of it, once.
 * @throws Problem stale-turn when something newer acts on this rollout's behalf
 */
export const act = async (
  ledger: RolloutLedger,
  input: ActInput,
  effect: (lease: RolloutLease) => Promise<Effect>,
): Promise<ActResult> =>
  inFrame({
    ledger,
    run: currentRun(),
    step: input.step,
    over: (lease) => (lease.turn.state === 'over' ? overResult(lease) : null),
    // A revert that is asked for does not wait for what is brought out: a version may take until its deadline to get ready.
    instead: ({ turn: { pending } }) =>
      isAskedToRevert(pending) && isLegal(input.phase, 'abort') ? { seen: null, pending } : null,
    // A new phase is shown before its effect, which may take until a deadline: people see what is tried, and what can be asked of it.
    before: ({ turn }) => (turn.phase === input.phase ? null : { input, happened: null }),
    async effect(lease) {
      const { seen, ...change } = await effect(lease)
      return { change: { input, ...change }, result: (pending) => ({ seen, pending }) }
    },
  })

/** Somebody else ended this turn: the workflow ends with the row's outcome. */
export const overResult = ({ turn }: RolloutLease): ActResult => ({
  seen: { kind: 'turn-over', outcome: turn.outcome ?? 'aborted' },
  pending: null,
})
