/** The tools of a scene: its own service on the rig, releases that are driven from phase to phase, and histories that are kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccepting } from '../../adapters/postgres/releases/accepting.ts'
import { localTarget } from '../../adapters/target/local.ts'
import type { EnvironmentRef } from '../../domain/identity.ts'
import { releaseWorkflowId, rolloutWorkflowId } from '../../domain/identity.ts'
import type { Phase, Request, RequestKind } from '../../domain/rollout/phase.ts'
import type { RolloutPlan } from '../../domain/plan/plan.ts'
import type { AnalysisMode } from '../../domain/rollout/rollout.ts'
import type { AnalysisSettings, Environment } from '../../domain/plan/service.ts'
import { openLoop } from '../../cli/traffic/load.ts'
import type { Behaviour } from '../stack/demo-artifact.ts'
import { demoArtifact } from '../stack/demo-artifact.ts'
import type { Rig } from '../stack/rig.ts'
import { declared, quickService } from '../stack/rig.ts'
import { locationOf } from '../stack/location-of.ts'
import { until } from '../stack/until.ts'

type Settings = Partial<Omit<Environment, 'analysis'>> & { readonly analysis?: Partial<AnalysisSettings> }

export interface Input {
  readonly behaviour?: Behaviour
  readonly now?: boolean
  /** Changes of the workflow's plan that no declaration can express. */
  readonly plan?: Partial<RolloutPlan>
}

export interface Flight {
  readonly release: string
  readonly releaseId: string
  /** The id of its rollout in the last environment. */
  readonly rolloutId: string
}

export interface Stage extends AsyncDisposable {
  readonly rig: Rig
  readonly service: string
  /** Declares the service: two replicas, a canary of 20 % and 60 % that bakes until it is promoted, and the changes of `settings`. */
  declare(settings?: Settings, environments?: readonly string[]): Promise<void>
  release(version: string, input?: Input): Promise<Flight>
  /** Releases 1.0.0 and waits for its end. */
  baseline(): Promise<void>
  rollback(): Promise<string>
  phase(workflowId: string, ...phases: readonly Phase[]): Promise<void>
  ask(workflowId: string, kind: RequestKind, more?: Partial<Request>): Promise<void>
  /** Resolves when the workflow is closed and its turn, if it had one, is over. */
  closed(workflowId: string): Promise<void>
  /** Sets the behaviour of all processes of a version from now on. */
  switchTo(behaviour: Behaviour & { readonly version?: string }): void
  /** The mode of a rollout's analysis, as last stored. */
  mode(rolloutId: string): Promise<AnalysisMode['kind'] | null>
  /** Starts users, until the end of the scene. */
  users(environment?: string): Promise<void>
  /** Keeps the present history, under the scene's name and the workflow's type. */
  keep(workflowId: string, as?: string): Promise<void>
}

const ann = { kind: 'person', id: 'ann' } as const
const patient = { minMs: 1_000, maxMs: 180_000 }

/** Calls `write` with each kept history and its name. */
export function openStage(rig: Rig, service: string, write: (name: string, history: object) => void): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'hf-scene-'))
  const switchFile = join(folder, 'switch.json')
  const accepting = createAccepting(rig.db, locationOf)
  const answer = () => ({ status: 202, location: '', body: {} })
  const ending = new AbortController()
  const loads: Promise<unknown>[] = []
  let last = 'production'
  let environments: readonly string[] = []
  let requests = 0

  const stage: Stage = {
    rig,
    service,
    async declare({ analysis, ...settings } = {}, environments = ['production']) {
      const base = quickService(service)
      const [production] = base.environments
      if (!production) throw new Error('a quick service has one environment')
      last = environments.at(-1) ?? last
      environments = environments
      await rig.declare({
        ...base,
        objective: { ...base.objective, errors: 0.2 },
        environments: environments.map((name, index) => ({
          ...production,
          name,
          after: environments.slice(Math.max(0, index - 1), index),
          // A name that PATH resolves, because a kept history must not contain a path of this machine.
          target: targetWith({ DEMO_SWITCH: switchFile }, 2),
          strategy: canary(20, 60),
          watchMs: 1_000,
          ...settings,
          analysis: { ...production.analysis, ...analysis },
        })),
      })
    },
    async release(version, { behaviour = {}, now = false, plan: changes = {} } = {}) {
      const { digest: artifact } = await rig.runtime.client.importArtifact(demoArtifact(version, behaviour))
      const input = { version, artifact, until: null, now, note: null, retryOf: null, requestedBy: ann }
      const { plan, toWake } = await accepting.release(await declared(rig.db, service), input, null, answer)
      await rig.control.startRelease({ ...plan, rollouts: plan.rollouts.map((rollout) => ({ ...rollout, ...changes })) })
      await rig.db.query('update release set started_at = now() where id = $1', [plan.release])
      for (const workflowId of toWake) await rig.control.wake(workflowId)
      const ref = { service, environment: last }
      return {
        release: plan.release,
        releaseId: releaseWorkflowId(service, plan.release),
        rolloutId: rolloutWorkflowId(ref, plan.release),
      }
    },
    async baseline() {
      const { releaseId } = await stage.release('1.0.0', { plan: { watchMs: 0 } })
      await stage.closed(releaseId)
    },
    async rollback() {
      const ref = { service, environment: last }
      const input = { version: null, reason: 'back', requestedBy: ann }
      const { plan, toWake } = await accepting.rollback(ref, input, null, answer)
      await rig.control.startRollback(plan, ann)
      await rig.db.query('update rollback set started_at = now() where id = $1', [plan.workflowId])
      for (const workflowId of toWake) await rig.control.wake(workflowId)
      return plan.workflowId
    },
    phase: (workflowId, ...phases) =>
      until(
        `${workflowId} in ${phases.join(' or ')}`,
        async () => {
          const phase = await phaseOf(rig, workflowId)
          return phase && phases.includes(phase) && (inAStep.includes(phase) || (await isWritten(rig, workflowId, phase)))
        },
        60_000,
      ).then(() => {}),
    async ask(workflowId, kind, more = {}) {
      requests += 1
      await rig.control.request(workflowId, { kind, actor: ann, reason: 'as the scene wants', ...more }, `${kind}-${requests}`)
    },
    async closed(workflowId) {
      await rig.client.workflow
        .getHandle(workflowId)
        .result()
        .catch(() => {})
      const left = () => rig.db.query(`select 1 from turn where workflow_id = $1 and state <> 'over'`, [workflowId])
      await until(`turn of ${workflowId} over`, async () => (await left()).length === 0, 90_000)
    },
    switchTo: (behaviour) => writeFileSync(switchFile, JSON.stringify(behaviour)),
    async mode(rolloutId) {
      const [row] = await rig.db.query<{ mode: AnalysisMode['kind'] | null }>(
        `select status #>> '{mode,kind}' as mode from analysis where workflow_id = $1`,
        [rolloutId],
      )
      return row?.mode ?? null
    },
    async users(environment = last) {
      const { url } = await rig.runtime.client.traffic({ service, environment })
      loads.push(openLoop({ url, rps: 60, forMs: 300_000, signal: ending.signal, timeoutMs: 2_000 }))
    },
    async keep(workflowId, as) {
      const history = await rig.client.workflow.getHandle(workflowId).fetchHistory()
      write([service, ...(as ? [as] : []), workflowId.split('/')[0]].join('.'), history)
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await Promise.all(loads)
      for (const name of environments) await clear(rig, { service, environment: name })
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return stage
}

/** during a step only the workflow knows its phase, because the row is written after the step. */
const inAStep: readonly Phase[] = ['starting', 'shifting', 'promoting', 'reverting']

const phaseOf = (rig: Rig, workflowId: string): Promise<Phase | null> =>
  rig.client.workflow
    .getHandle(workflowId)
    .query<{ phase: Phase }>('state')
    .then(
      ({ phase }) => phase,
      () => null,
    )

const isWritten = async (rig: Rig, workflowId: string, phase: Phase): Promise<boolean> =>
  (await rig.db.query('select 1 from rollout where workflow_id = $1 and phase = $2', [workflowId, phase])).length > 0

export const canary = (...weights: readonly number[]): Environment['strategy'] => ({
  kind: 'canary',
  steps: weights.map((weight) => ({ weight, bake: patient, gate: null })),
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
})

const targetWith = (env: Readonly<Record<string, string>>, replicas: number): Environment['target'] => ({
  kind: 'local',
  config: localTarget.config.parse({
    command: ['node', 'server.mjs'],
    env,
    replicas,
    health: { every: '200ms', unhealthyAfter: 1 },
    drain: '1s',
    grace: '1s',
  }),
})

/** Whether the rollout has such an activity pending. */
export async function isActing({ rig }: Stage, { rolloutId }: Flight, activity: string): Promise<boolean> {
  const { raw } = await rig.client.workflow.getHandle(rolloutId).describe()
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === activity)
}

/** Ends what the scene left running, because forty services at once are too many for a small machine. */
async function clear({ runtime: { client } }: Rig, ref: EnvironmentRef): Promise<void> {
  const running = await client.status(ref)
  if (running.length === 0) return
  const fencingToken = { workflowId: 'recorder', token: 1_000_000, step: 1 }
  const revisions = running.map(({ revision }) => revision)
  await client.setWeights(ref, {}, fencingToken, revisions)
  for (const revision of revisions) await client.remove(ref, revision, { ...fencingToken, step: 2 })
}
