/**
 * Runs activities without a server. Each attempt has a MockActivityEnvironment of @temporalio/testing, which a test can cancel. Ledger and
 * analyses are real, on the test's own database. The environment of the service is an object here that refuses late changes, as every
 * target and router must.
 */
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { createAnalyses } from '../../adapters/postgres/analysis/analyses.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createEventReads } from '../../adapters/postgres/events/event-reads.ts'
import type { RolloutLedger } from '../../adapters/postgres/rollouts/rollout-ledger.ts'
import { createRolloutLedger } from '../../adapters/postgres/rollouts/rollout-ledger.ts'
import type { RevisionStatus } from '../../adapters/target/target.ts'
import type { Weights } from '../../adapters/traffic/traffic.ts'
import type { ActDependencies, AnalysisDependencies, RunHook } from '../../activities/dependencies.ts'
import { createActActivities, createLoopingActivities } from '../../activities/registry.ts'
import type { StoredEvent } from '../../domain/events/event.ts'
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import type { Fault } from '../../domain/problem.ts'
import { Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { isLate } from '../../domain/queue/fencing-token.ts'
import type { StepInput, StepResult } from '../../domain/rollout/step-input.ts'
import { StoredEvent as StoredEventSchema } from '../../schema/events.ts'
import { input, openQueue } from '../stack/queue.ts'

type Activities = ReturnType<typeof createActActivities> & ReturnType<typeof createLoopingActivities>

export interface Attempts extends AsyncDisposable {
  readonly plan: RolloutPlan
  readonly db: Database
  /** A mock environment for one attempt, by default of the run that has the turn. */
  attempt(info?: ConstructorParameters<typeof MockActivityEnvironment>[0]): MockActivityEnvironment
  readonly activities: Activities
  /** The activities with another function that ends the turn, for a worker that is killed before it. */
  activitiesEnding(end: RolloutLedger['end']): Activities
  readonly fake: FakeEnvironment
  events(): Promise<readonly StoredEvent[]>
}

/** Input of a step of this rollout in `phase`. */
export const at = (step: number, phase: StepInput['phase'], more: Partial<StepInput> = {}): StepInput => ({
  ...input(step),
  phase,
  ...more,
})

export class FakeEnvironment {
  weights: Weights = {}
  /** What the router does, where that is not what it was asked for. */
  effective: Weights | null = null
  #newest: Pick<FencingToken, 'token' | 'step'> = { token: 0, step: 0 }
  readonly refused: FencingToken[] = []
  /** What the operator has not given to the owners. */
  notGiven: readonly Fault[] = []
  /** Replicas that are ready, by revision. */
  readonly ready = new Map<string, number>()
  /** A call for the status waits for this promise. */
  statusHangs: Promise<void> | null = null
  onStatus: () => void = () => {}
  /** What was asked of target and router, in order. */
  readonly asked: string[] = []

  effect(name: string, fencingToken: FencingToken): void {
    this.asked.push(name)
    if (isLate(this.#newest, fencingToken)) {
      this.refused.push(fencingToken)
      throw new Problem('stale-token', `${name} of ${fencingToken.token}.${fencingToken.step} is late`)
    }
    this.#newest = fencingToken
  }
}

/** A rollout whose turn `run-1` has taken, in an environment where everything is ready. */
export async function openAttempts(
  changes: Partial<RolloutPlan> = {},
  runHook: RunHook = async () => ({ ok: true, detail: '' }),
): Promise<Attempts> {
  const queue = await openQueue()
  const plan = await queue.accept(1, changes)
  const ledger = createRolloutLedger(queue.db, async () => 'run-1')
  const workflowExecution = { workflowId: plan.workflowId, runId: 'run-1' }
  await ledger.take(workflowExecution, input(1), 2)
  const fake = new FakeEnvironment()
  fake.ready.set(plan.canary.revision, 100)
  const dependencies = { ...dependenciesOf(fake), ledger, analyses: createAnalyses(queue.db), runHook }
  const activitiesEnding = (end: RolloutLedger['end']) => ({
    ...createActActivities({ ...dependencies, ledger: { ...ledger, end } }),
    ...createLoopingActivities(dependencies),
  })
  return {
    plan,
    db: queue.db,
    fake,
    activities: activitiesEnding(ledger.end),
    activitiesEnding,
    attempt: (info = {}) => new MockActivityEnvironment({ workflowExecution, ...info }, { logger: quiet }),
    events: () =>
      createEventReads(queue.db, (json) => StoredEventSchema.parse(json)).after({ kind: 'release', id: plan.release }, 0, 100),
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}

/** Tests assert failures, so they need not be logged. */
export const quiet = new DefaultLogger('ERROR', () => {})

/** Resolves with the result of an attempt. */
export const answer = <Input>(
  attempt: MockActivityEnvironment,
  activity: (input: Input) => Promise<StepResult>,
  of: Input,
): Promise<StepResult> => attempt.run<[Input], StepResult, (input: Input) => Promise<StepResult>>(activity, of)

const unused = (name: string) => (): never => {
  throw new Error(`no activity of these tests needs ${name}`)
}

type AtEnvironment = Omit<ActDependencies & AnalysisDependencies, 'ledger' | 'analyses' | 'runHook'>

function dependenciesOf(fake: FakeEnvironment): AtEnvironment {
  const state = () => ({ desired: fake.weights, effective: fake.effective ?? fake.weights, generation: 1, url: '' })
  return {
    wake: async () => {},
    targetRefusal: () => fake.notGiven,
    target: () => ({
      async run(_, { revision }, __, fencingToken) {
        fake.effect(`run ${revision}`, fencingToken)
        return (await statusAt(fake)).find((one) => one.revision === revision) ?? statusOf(revision, 0)
      },
      remove: async (_, revision, fencingToken) => fake.effect(`remove ${revision}`, fencingToken),
      async status() {
        fake.asked.push('status')
        return statusAt(fake)
      },
      smoke: async () => ({ ok: true, detail: '' }),
      secretDigests: unused('secrets'),
      lendCopy: unused('copies'),
      returnCopy: unused('copies'),
      logs: unused('logs'),
    }),
    traffic: () => ({
      routing: () => ({ requestTimeoutMs: 1_000, sticky: false }),
      open: async (_, fencingToken) => (fake.effect('open', fencingToken), state()),
      async setWeights(_, weights, fencingToken) {
        fake.effect('weights', fencingToken)
        fake.weights = weights
        return state()
      },
      close: unused('closing'),
      async read() {
        fake.asked.push('read weights')
        return state()
      },
    }),
    metrics: () => ({
      read: async () => {
        throw new Problem('metrics-unavailable', 'nobody counts here')
      },
      history: async () => [],
    }),
  }
}

async function statusAt(fake: FakeEnvironment): Promise<readonly RevisionStatus[]> {
  fake.onStatus()
  await fake.statusHangs
  return [...fake.ready].map(([revision, ready]) => statusOf(revision, ready))
}

const statusOf = (revision: string, ready: number): RevisionStatus => ({
  revision,
  version: revision,
  wantedReplicas: ready,
  readyReplicas: ready,
  detail: ready === 0 ? 'health check answered 503' : '',
  cannotStart: null,
  deadSinceMs: null,
  startMs: 1,
  exitCount: 0,
  outages: [],
  exits: [],
})
