/** Starts, awaits and removes versions. */
import type { RevisionSpec, RevisionStatus, Target } from '../adapters/target/target.ts'
import type { RolloutLease } from '../adapters/postgres/rollouts/rollout-ledger.ts'
import type { StepInput, StepResult } from '../domain/rollout/step-input.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import { needsPermission } from '../domain/plan/permission.ts'
import type { Revision } from '../domain/plan/plan.ts'
import { Problem } from '../domain/problem.ts'
import type { Unready } from '../domain/rollout/reason.ts'
import type { Effect } from './run-step.ts'
import { done, runStep } from './run-step.ts'
import type { ActDependencies } from './dependencies.ts'
import type { EndInput } from './turn.ts'
import { endTurn } from './turn.ts'

type Dependencies = Pick<ActDependencies, 'ledger' | 'target' | 'targetRefusal' | 'traffic' | 'wake'>

export interface PrepareInput extends StepInput {
  readonly replicas: number
}

export const createTargetActivities = (dependencies: Dependencies) => ({
  /** Makes the new version run and waits for its replicas. @throws Problem target-not-ready (retried until the progress deadline) */
  prepare: (input: PrepareInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async (lease) => {
      assertPermitted(dependencies, lease)
      await openFor(dependencies, lease, lease.turn.stable ?? lease.turn.plan.canary)
      await makeReady(dependencies, lease, lease.turn.plan.canary, input.replicas)
      return {
        observation: done,
        event: { kind: 'ready', data: { version: lease.turn.plan.canary.version, replicas: input.replicas } },
      }
    }),

  /**
   * Removes the version that was stable before, once nothing can revert to it, and ends the turn. A worker may die between the two: the
   * repeat finds nothing to remove, writes nothing twice, and ends the turn.
   */
  async removeOld(input: EndInput): Promise<StepResult> {
    const removed = await runStep(dependencies.ledger, input, async (lease) => {
      const { stable, plan } = lease.turn
      await openFor(dependencies, lease, plan.canary)
      const { observation, event } = await remove(dependencies, lease, stable, plan.canary)
      // The event of the step itself is that of the end.
      return { observation, event: event && { ...event, isBeside: true } }
    })
    return removed.observation?.kind === 'done' ? endTurn(dependencies, { ...input, drafts: [] }) : removed
  },

  /** Removes the version that traffic has left. */
  cleanUp: (input: StepInput): Promise<StepResult> =>
    runStep(dependencies.ledger, input, async (lease) => {
      const { stable, plan } = lease.turn
      if (stable) await openFor(dependencies, lease, stable)
      return remove(dependencies, lease, plan.canary, stable)
    }),
})

/** @throws Problem cannot-start that names what the operator has taken from the owners of a new version since the release was accepted */
function assertPermitted({ targetRefusal }: Pick<Dependencies, 'targetRefusal'>, { turn: { plan, stable } }: RolloutLease): void {
  const faults = needsPermission(plan, stable) ? targetRefusal(plan.canary.target, plan.owners) : []
  if (faults.length === 0) return
  const version: Unready = { ...plan.ref, version: plan.canary.version }
  throw new Problem('cannot-start', faults.map(({ detail }) => detail).join('; '), { more: { unready: version } })
}

/**
 * Opens the environment as `serving` declares it, at no other port. It also tries the port that the new version will need at its promotion.
 * @throws Problem port-taken
 */
async function openFor(dependencies: Dependencies, { turn, fencingToken }: RolloutLease, serving: Revision): Promise<void> {
  const { ref, canary } = turn.plan
  const isNext = serving !== canary && turn.phase === 'starting'
  const traffic = dependencies.traffic(serving.traffic, serving.target)
  await traffic.open(ref, fencingToken, isNext ? canary.traffic.config : undefined)
}

/**
 * Removes every version but `kept`, including those that an earlier rollout left when a person accepted it as it was. The holder of the
 * turn is responsible for the whole environment.
 */
async function remove(
  dependencies: Dependencies,
  { turn, fencingToken }: RolloutLease,
  left: Revision | null,
  kept: Revision | null,
): Promise<Effect> {
  const { ref, canary } = turn.plan
  const target = dependencies.target(canary.target)
  const there = await target.status(ref)
  // `left` is always among them: a repeat may find it gone, and still has to write the event.
  const others = [...(left ? [left] : []), ...there].filter(({ revision }) => revision !== kept?.revision)
  const removed = new Map(others.map(({ revision, version }) => [revision, version]))
  for (const revision of removed.keys()) await target.remove(ref, revision, fencingToken)
  const data = { version: [...removed.values()].join(', ') }
  return { observation: done, event: removed.size > 0 ? { kind: 'removed', data } : null }
}

/**
 * Asks for replicas and waits a short while. Retries of the activity do the long waiting.
 * @throws Problem target-not-ready with the last cause; cannot-start
 */
export async function makeReady(
  dependencies: Pick<Dependencies, 'target'>,
  { turn, fencingToken }: RolloutLease,
  revision: Revision,
  replicas: number,
): Promise<void> {
  const target = dependencies.target(revision.target)
  const { ref } = turn.plan
  const until = Date.now() + patienceMs
  let status: RevisionStatus | undefined = await target.run(ref, specOf(revision), replicas, fencingToken)
  for (;;) {
    const ready = status?.readyReplicas ?? 0
    if (ready >= replicas) return
    const because = status?.cannotStart ?? null
    // Only a canary fails at once. The stable version is tried until its deadline, because users have nothing else.
    const isHopeless = because !== null && revision.revision === turn.plan.canary.revision
    if (isHopeless || Date.now() > until)
      throw new Problem(
        isHopeless ? 'cannot-start' : 'target-not-ready',
        `${ready} of ${replicas} ready: ${because ?? status?.detail ?? 'not started yet'}`,
        { more: { unready: { ...ref, version: revision.version } satisfies Unready } },
      )
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    status = await statusOf(target, ref, revision)
  }
}

/** Below the 5 s of an attempt, so that an attempt answers before Temporal times it out. */
const patienceMs = 3_500
const pollMs = 50

async function statusOf(target: Target, ref: EnvironmentRef, { revision }: Revision): Promise<RevisionStatus | undefined> {
  return (await target.status(ref)).find((status) => status.revision === revision)
}

export const specOf = ({ revision, version, artifact, target }: Revision): RevisionSpec => ({
  revision,
  version,
  artifact,
  config: target.config,
})
