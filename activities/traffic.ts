/** Sets weights and verifies them: step by step towards the new version, at once on a revert. */
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { TrafficState, Weights, WithWeights } from '../adapters/traffic/traffic.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import type { Revision } from '../domain/plan/plan.ts'
import { Problem, isProblem } from '../domain/problem.ts'
import { done, runStep } from './run-step.ts'
import type { ActDependencies } from './dependencies.ts'
import { makeReady } from './target.ts'

type Dependencies = Pick<ActDependencies, 'ledger' | 'target' | 'traffic'>

export interface ShiftInput extends StepInput {
  readonly weight: number
  readonly replicas: number
}

export const createTrafficActivities = (dependencies: Dependencies) => ({
  /** Scales the canary first, then sets the weight, then verifies it. One activity, idempotent and fenced by (token, step). */
  shift: (input: ShiftInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async (lease) => {
      const { stable, plan } = lease.turn
      await makeReady(dependencies, lease, plan.canary, input.replicas)
      const canary = plan.canary.revision
      if (stable && input.weight < 100) {
        const weights = { [stable.revision]: 100 - input.weight, [canary]: input.weight }
        await setVerified(dependencies, lease, stable, weights, {
          trial: { revision: canary, config: plan.canary.traffic.config },
        })
        // How users reach the service belongs to the stable version, and changes with the last share of traffic.
      } else await setVerified(dependencies, lease, plan.canary, { [canary]: 100 })
      return {
        observation: done,
        weight: input.weight,
        event: {
          kind: 'weight-shifted',
          data: { weight: input.weight, replicas: input.replicas, version: plan.canary.version, to: null },
        },
      }
    }),

  /**
   * Gives all traffic to the stable version. Weight first, then the rest: the other order drops requests that the proxy has already sent.
   * Where nothing is stable, nothing gets traffic.
   * @throws Problem target-not-ready while the stable version has no replica
   */
  revertTraffic: (input: StepInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async (lease) => {
      const { stable, plan } = lease.turn
      if (stable) await ensureStable(dependencies, lease)
      const weights = stable ? { [stable.revision]: 100 } : {}
      // Reverted before anything ran: there is no traffic to move.
      if (!stable && !(await isOpen(dependencies, lease))) return { observation: done, event: null, weight: 0 }
      await setVerified(dependencies, lease, stable ?? plan.canary, weights, { closeStreams: [plan.canary.revision] })
      return {
        observation: done,
        weight: 0,
        event: {
          kind: 'weight-shifted',
          data: { weight: 0, replicas: null, version: plan.canary.version, to: stable?.version ?? null },
        },
      }
    }),
})

/** Has the environment ever been opened? */
async function isOpen(dependencies: Dependencies, { turn }: RolloutLease): Promise<boolean> {
  try {
    const { traffic, target } = turn.plan.canary
    await dependencies.traffic(traffic, target).read(turn.plan.ref)
    return true
  } catch (error) {
    if (isProblem(error, 'not-found')) return false
    throw error
  }
}

/** Starts the stable version again where something has ended it. It stays warm until a rollout has ended, so this seldom waits. */
async function ensureStable(dependencies: Dependencies, lease: RolloutLease): Promise<void> {
  const { stable, plan } = lease.turn
  if (!stable) return
  const status = (await dependencies.target(stable.target).status(plan.ref)).find(({ revision }) => revision === stable.revision)
  if ((status?.readyReplicas ?? 0) === 0)
    await makeReady(dependencies, lease, stable, Math.max(1, status?.wantedReplicas ?? plan.replicas))
}

/**
 * Sets weights, and with them how users reach `serving`, and waits until they are in effect.
 * @throws Problem target-unavailable when the router has not caught up in time; the activity is tried again
 */
async function setVerified(
  dependencies: Dependencies,
  { turn, fencingToken }: RolloutLease,
  serving: Revision,
  weights: Weights,
  more: WithWeights = {},
): Promise<void> {
  const traffic = dependencies.traffic(serving.traffic, serving.target)
  const { ref } = turn.plan
  const until = Date.now() + patienceMs
  let state = await traffic.setWeights(ref, weights, fencingToken, more)
  while (!isInEffect(state, weights)) {
    if (Date.now() > until) {
      const why = state.foreign ? `: ${state.foreign}` : ''
      throw new Problem('target-unavailable', `the weights of ${turn.ref} are asked but not in effect${why}`)
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    state = await traffic.read(ref)
  }
}

/** A router that splits by replicas does what was asked as nearly as it can, and says so itself. */
const isInEffect = ({ desired, effective, inEffect }: TrafficState, wanted: Weights): boolean =>
  inEffect === undefined ? sameWeights(effective, wanted) : inEffect && sameWeights(desired, wanted)

const patienceMs = 2_000
const pollMs = 25

function sameWeights(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}
