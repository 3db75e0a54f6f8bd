/** The first and the last step of a rollout, and the note that shows people that it waits for them. */
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import type { Turn } from '../domain/queue/turn.ts'
import type { Outcome } from '../domain/rollout/phase.ts'
import { outcomeOfOver } from '../domain/rollout/phase.ts'
import type { StableAfter } from '../domain/rollout/stable-after.ts'
import { becomesStable } from '../domain/rollout/stable-after.ts'
import { isReady, stableReplicas } from '../domain/rollout/running.ts'
import type { ActDependencies } from './dependencies.ts'
import { done, runStep } from './run-step.ts'
import { Problem, isProblem } from '../domain/problem.ts'
import type { RevisionStatus } from '../adapters/target/target.ts'
import type { RolloutTurn } from '../adapters/postgres/rollouts/rollout-turns.ts'
import { currentRun } from './frame.ts'

type Dependencies = Pick<ActDependencies, 'ledger' | 'target' | 'traffic' | 'wake'>

/** How a rollout ends. */
export interface EndInput extends StepInput {
  readonly outcome: Outcome
  readonly stable: StableAfter
}

export const createTurnActivities = (dependencies: Dependencies) => ({
  /** Asks for the turn. When it is taken, the stable version and its present replica count are kept with it. */
  async takeTurn(input: StepInput): Promise<StepResult> {
    const run = currentRun()
    const { turn } = await dependencies.ledger.verifyLease(run, input.step)
    const { canary, ref, replicas: declared } = turn.plan
    const revisions = await dependencies.target(canary.target).status(ref)
    const taken = await dependencies.ledger.take(run, input, stableReplicas(revisions, canary.revision, declared))
    if (taken.kind === 'over') {
      await tell(dependencies, taken.granted)
      return { observation: { kind: 'turn-over', outcome: taken.outcome }, pending: null }
    }
    if (taken.kind === 'waiting') {
      await tell(dependencies, taken.granted)
      return { observation: { kind: 'turn-waiting' }, pending: taken.pending }
    }
    const { stable, stableReplicas: replicas, pending } = taken
    const mustRestore = stable?.revision === canary.revision && !(await isServing(dependencies, turn, revisions))
    const twin = taken.twin && { release: taken.twin.release, outcome: taken.twin.outcome }
    return { observation: { kind: 'turn-taken', stable, stableReplicas: replicas, mustRestore, twin }, pending }
  },

  /** Writes phase and events, and does nothing else. */
  note: (input: StepInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async () => ({ observation: done, event: null })),

  endTurn: (input: EndInput): Promise<StepResult> => endTurn(dependencies, input),
})

/** Ends the turn and grants the next one. A repeat finds it over. */
export async function endTurn(
  dependencies: Pick<Dependencies, 'ledger' | 'traffic' | 'wake'>,
  { outcome, stable, ...input }: EndInput,
): Promise<StepResult> {
  const { turn } = await dependencies.ledger.verifyLease(currentRun(), input.step)
  if (turn.state === 'over') return { observation: { kind: 'turn-over', outcome: turn.outcome ?? outcome }, pending: null }
  // The router is asked only where its answer decides.
  const weight = stable === 'majority' ? await weightNow(dependencies, turn) : turn.weight
  const granted = await dependencies.ledger.end(turn.workflowId, {
    outcome,
    reason: input.reason,
    input,
    ...(becomesStable(stable, weight) ? { stable: turn.plan.canary } : {}),
  })
  await tell(dependencies, granted)
  return { observation: done, pending: null }
}

export const createReleaseActivities = (dependencies: Pick<ActDependencies, 'ledger'>) => ({
  /** The outcome of a rollout that its release no longer awaits as a child. @throws Problem request-in-flight until it is over */
  async readOutcome({ workflowId }: { workflowId: string }): Promise<Outcome> {
    const turn = await dependencies.ledger.turn(workflowId)
    if (turn?.state === 'over') return outcomeOfOver(turn.outcome)
    throw new Problem('request-in-flight', `${workflowId} is not over`)
  },
})

/**
 * The weight that the router got last, because the row does not have the effect of a cancelled activity. When the router does not answer,
 * the weight in the row. The effective weight does not count: the router gives the share of an unhealthy stable version to the canary, and
 * that is no reason to keep the canary.
 */
async function weightNow(dependencies: Pick<Dependencies, 'traffic'>, { plan, weight, stable }: RolloutTurn): Promise<number> {
  try {
    const { traffic, target } = stable ?? plan.canary
    const { desired } = await dependencies.traffic(traffic, target).read(plan.ref)
    return desired[plan.canary.revision] ?? 0
  } catch (error) {
    if (!isProblem(error)) throw error
    return weight
  }
}

/** Does the version answer users? The row says only what is stable. */
async function isServing(
  dependencies: Pick<Dependencies, 'traffic'>,
  { plan }: RolloutTurn,
  revisions: readonly RevisionStatus[],
): Promise<boolean> {
  const { revision } = plan.canary
  const own = revisions.find((status) => status.revision === revision)
  if (!own || !isReady(own)) return false
  const { effective } = await dependencies.traffic(plan.canary.traffic, plan.canary.target).read(plan.ref)
  return effective[revision] === 100
}

async function tell({ wake }: Pick<Dependencies, 'wake'>, granted: Turn | undefined): Promise<void> {
  if (granted) await wake(granted.workflowId)
}
