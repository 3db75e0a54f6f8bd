/** Runs the real workflows on the run's Temporal server, in their own namespace, with activities that a test answers. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure, activityInfo } from '@temporalio/activity'
import proto from '@temporalio/proto'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { NativeConnection, WorkerOptions } from '@temporalio/worker'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import type { Control } from '../../adapters/temporal/client.ts'
import { createControl } from '../../adapters/temporal/client.ts'
import { ProblemInterceptor } from '../../adapters/temporal/problems.ts'
import type { RolloutEnd } from '../../domain/rollout/step-input.ts'
import type { RolloutState } from '../../domain/rollout/rollout.ts'
import type { Request, RequestKind } from '../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import { isProblem } from '../../domain/problem.ts'
import { workflowTaskTimeoutMs } from '../../domain/task-time.ts'
import { searchAttributes, taskQueues } from '../../domain/temporal-names.ts'
import { builtWorkflows } from '../../ops/up/bundle.ts'
import type { rollout } from '../../workflows/rollout.ts'
import { wakeSignal, stateQuery } from '../../workflows/messages.ts'
import { testTemporal } from '../stack/temporal.ts'
import { Calls } from './calls.ts'
import type { Call, Fakes, Name } from './fakes.ts'
import { onAct, onAnalysis } from './fakes.ts'

export interface Flight {
  readonly workflowId: string
  readonly handle: WorkflowHandle<typeof rollout>
  /** Every attempt of every activity, in the order of their begin. */
  readonly calls: readonly Call[]
  /** Names of the activities in order, a repeated attempt once. */
  activities(): readonly Name[]
  /** The kinds of the events that steps were given to write, each once. */
  eventKinds(): readonly string[]
  /** Resolves when the `nth` attempt of `name` has begun. */
  begun<N extends Name>(name: N, nth?: number): Promise<Call<N>>
  /** Sends a person's request by the real client. @throws Problem wrong-phase, not-found */
  ask(kind: RequestKind, more?: Partial<Request>, updateId?: string): Promise<{ readonly phase: string }>
  wake(): Promise<void>
  state(): Promise<RolloutState>
  end(): Promise<RolloutEnd>
}

export interface WorkflowRig extends AsyncDisposable {
  readonly client: Client
  readonly control: Control
  readonly namespace: string
  /** Starts a rollout under its own id, so that tests share nothing. */
  rollout(plan: RolloutPlan, fakes: Fakes): Promise<Flight>
  /** Starts a rollout with a signal before its first task. */
  startSignalled(plan: RolloutPlan): Promise<void>
  /** Prepares for a workflow that the test or another workflow starts. */
  expecting(workflowId: string, fakes: Fakes): Flight
}

type Queue = keyof typeof taskQueues

let [made, open] = [0, 0]

/** @param queues task queues with a worker */
export async function startWorkflowRig(queues: readonly Queue[] = ['control', 'act', 'analysis']): Promise<WorkflowRig> {
  const [{ address }, bundle] = await Promise.all([testTemporal(), builtWorkflows(join(tmpdir(), 'holdfast-test-bundles'))])
  // The same settings as the replay of histories, which runs in the same process.
  if (open === 0)
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => {}),
      telemetryOptions: { logging: { filter: 'off', forward: {} } },
      shutdownSignals: [],
    })
  open += 1
  made += 1
  const namespace = `workflows-${process.pid}-${made}`
  const env = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace })
  await openNamespace(env, namespace)
  const flights = new Map<string, Calls>()
  const workers = await Promise.all(
    queues.map((queue) => Worker.create(optionsOf(queue, env.nativeConnection, namespace, bundle, flights))),
  )
  const running = Promise.all(workers.map((worker) => worker.run()))
  running.catch(() => {})
  const control = createControl(env.client)

  function expecting(workflowId: string, fakes: Fakes): Flight {
    const calls = new Calls(fakes)
    flights.set(workflowId, calls)
    return flightOf(env.client, control, workflowId, calls)
  }

  return {
    client: env.client,
    control,
    namespace,
    expecting,
    async rollout(plan, fakes) {
      const workflowId = `${plan.workflowId}-${flights.size}`
      const flight = expecting(workflowId, fakes)
      await env.client.workflow.start(plan.kind, startOf({ ...plan, workflowId }))
      return flight
    },
    async startSignalled(plan) {
      await env.client.workflow.signalWithStart(plan.kind, { ...startOf(plan), signal: wakeSignal, signalArgs: [] })
    },
    async [Symbol.asyncDispose]() {
      for (const calls of flights.values()) calls.leave()
      for (const worker of workers) worker.shutdown()
      try {
        await running
      } finally {
        await env.teardown()
      }
      open -= 1
      const unexpected = [...flights.values()].flatMap(({ notFaked }) => notFaked)
      if (unexpected.length > 0) throw new Error(`activities that no test faked: ${unexpected.join(', ')}`)
    },
  }
}

/** The start options that the API's client uses. */
export const startOf = (plan: RolloutPlan) => ({
  workflowId: plan.workflowId,
  taskQueue: taskQueues.control,
  args: [plan] as [RolloutPlan],
  workflowTaskTimeout: workflowTaskTimeoutMs,
})

function optionsOf(
  queue: Queue,
  connection: NativeConnection,
  namespace: string,
  codePath: string,
  flights: ReadonlyMap<string, Calls>,
): WorkerOptions {
  const callsNow = () => {
    const { workflowId = '' } = activityInfo().workflowExecution ?? {}
    const calls = flights.get(workflowId)
    if (!calls) throw ApplicationFailure.nonRetryable(`no test expects ${workflowId}`, 'not-faked')
    return calls
  }
  const answering = (names: object) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, (input: never) => callsNow().run(name as Name, input)]))
  const works: Record<Queue, Partial<WorkerOptions>> = {
    control: { workflowBundle: { codePath } },
    act: { activities: answering(onAct) },
    analysis: { activities: answering(onAnalysis) },
  }
  return {
    ...works[queue],
    connection,
    namespace,
    taskQueue: taskQueues[queue],
    // An activity learns of its cancellation by a heartbeat.
    maxHeartbeatThrottleInterval: '20ms',
    defaultHeartbeatThrottleInterval: '20ms',
    shutdownGraceTime: '1ms',
    shutdownForceTime: '2s',
    interceptors: { activity: [() => ({ inbound: new ProblemInterceptor() })] },
  }
}

async function openNamespace({ connection }: TestWorkflowEnvironment, namespace: string): Promise<void> {
  const day = { seconds: 86_400 as never }
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: day })
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(Object.values(searchAttributes).map((name) => [name, keyword])),
  })
}

const ann = { kind: 'person', id: 'ann' } as const
let requests = 0

function flightOf(client: Client, control: Control, workflowId: string, calls: Calls): Flight {
  const handle = client.workflow.getHandle<typeof rollout>(workflowId)
  return {
    workflowId,
    handle,
    calls: calls.made,
    activities: () => calls.activities(),
    eventKinds: () => calls.eventKinds(),
    begun: (name, nth) => calls.begun(name, nth),
    async ask(kind, more = {}, updateId = '') {
      requests += 1
      const request = { kind, actor: ann, reason: null, ...more }
      return untilAnswered(() => control.request(workflowId, request, updateId || `${kind}-${requests}`))
    },
    wake: () => handle.signal(wakeSignal),
    state: () => handle.query(stateQuery),
    end: () => handle.result(),
  }
}

/** Repeats a request with the same id, as the hint says, when a loaded machine takes longer than the client waits. */
async function untilAnswered<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isProblem(error, 'no-worker')) throw error
    }
  }
}
