/** A canary in flight under traffic, for tests that break something around it, and the checks after its end. */
import { expect } from 'chai'
import { rolloutWorkflowId } from '../../domain/identity.ts'
import type { Environment, Service, Strategy } from '../../domain/plan/service.ts'
import type { LoadReport } from '../../cli/traffic/load.ts'
import type { Behaviour } from '../stack/demo-artifact.ts'
import type { Rig } from '../stack/rig.ts'
import { quickService } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import { letUsersIn } from '../stack/users.ts'

export interface Canary extends AsyncDisposable {
  readonly service: string
  readonly ref: { readonly service: string; readonly environment: string }
  readonly release: string
  readonly releaseId: string
  readonly rolloutId: string
  /** Ends the users and resolves with what they saw. */
  users(): Promise<LoadReport>
}

/** One step at 20 % that bakes for `bakeMs`. */
export const oneStep = (bakeMs: number): Strategy => ({
  kind: 'canary',
  steps: [{ weight: 20, bake: { minMs: bakeMs, maxMs: bakeMs + 60_000 }, gate: null }],
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
})

/**
 * A service with a lenient objective, so that few requests show that a version is good: these tests are about what happens around a
 * canary.
 */
export const lenientService = (name: string, strategy: Strategy): Service => {
  const service = quickService(name, strategy)
  return { ...service, objective: { ...service.objective, errors: 0.1 } }
}

export interface CanaryOptions {
  readonly bakeMs?: number
  readonly behaviour?: Behaviour
  readonly rps?: number
  /** Changes to the declared environment, for example another metrics provider. */
  readonly environment?: Partial<Environment>
  readonly version?: string
}

/** 1.0.0 stable, 1.1.0 baking at 20 %, users connected. */
export async function startCanary(
  rig: Rig,
  service: string,
  { bakeMs = 60_000, behaviour = {}, rps = 60, environment = {} }: CanaryOptions = {},
): Promise<Canary> {
  await startStable(rig, service, bakeMs, environment)
  return releaseCanary(rig, service, { behaviour, rps })
}

/** Declares a service and releases 1.0.0. */
export async function startStable(
  rig: Rig,
  service: string,
  bakeMs: number,
  environment: Partial<Environment> = {},
): Promise<void> {
  const { environments, ...declared } = lenientService(service, oneStep(bakeMs))
  await rig.declare({ ...declared, environments: environments.map((one) => ({ ...one, ...environment })) })
  expect(await rig.outcome(await rig.release(service, '1.0.0'))).to.equal('succeeded')
}

/** Releases `version` (1.1.0) of a service with a stable version, under traffic, and resolves once it bakes. */
export async function releaseCanary(
  rig: Rig,
  service: string,
  { behaviour = {}, rps = 60, version = '1.1.0' }: Omit<CanaryOptions, 'bakeMs' | 'environment'> = {},
): Promise<Canary> {
  const ref = { service, environment: 'production' }
  const { url } = await rig.runtime.client.traffic(ref)
  await using leaving = new AsyncDisposableStack()
  const users = leaving.use(letUsersIn(url, rps))
  const release = await rig.release(service, version, behaviour)
  const rolloutId = rolloutWorkflowId(ref, release)
  await inPhase(rig, rolloutId, 'baking')
  // From here on the users stay as long as the canary.
  const staying = leaving.move()
  return {
    service,
    ref,
    release,
    releaseId: `release/${service}/${release}`,
    rolloutId,
    users: () => users.report(),
    [Symbol.asyncDispose]: () => staying.disposeAsync(),
  }
}

/** Resolves once the row of a rollout shows this phase. */
export const inPhase = (rig: Rig, workflowId: string, phase: string, withinMs = 30_000): Promise<unknown> =>
  until(
    `${workflowId} in ${phase}`,
    async () =>
      (await rig.db.query('select 1 from rollout where workflow_id = $1 and phase = $2', [workflowId, phase])).length > 0,
    withinMs,
  )

/** Resolves once nothing is left in the queue of an environment; fails with the rows that are. */
export async function allOver(rig: Rig, service: string, withinMs = 45_000): Promise<void> {
  const left = () =>
    rig.db.query<{ workflow_id: string; state: string; phase: string }>(
      `select workflow_id, state, phase from turn join rollout using (workflow_id) where ref = $1 and state <> 'over'`,
      [`${service}/production`],
    )
  await until(`an empty queue of ${service}`, async () => (await left()).length === 0, withinMs).catch(async (error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await left())}`)
  })
}

/** The smaller of the two weights in percent; 0 if one version has all traffic. */
export async function weightAt(rig: Rig, service: string): Promise<number> {
  const { effective } = await rig.runtime.client.traffic({ service, environment: 'production' })
  const weights = Object.values(effective).filter((weight) => weight > 0)
  return weights.length > 1 ? Math.min(...weights) : 0
}

/** Expects all traffic at `version`, desired and effective, and no other version running. */
export async function expectHome(rig: Rig, service: string, version: string): Promise<void> {
  const ref = { service, environment: 'production' }
  const revisions = await until(
    `only ${version} at ${service}`,
    async () => {
      const seen = await rig.runtime.client.status(ref)
      return seen.length === 1 && seen
    },
    10_000,
  )
  const { desired, effective } = await rig.runtime.client.traffic(ref)
  expect(revisions.map((each) => each.version)).to.deep.equal([version])
  expect(desired).to.deep.equal({ [revisions[0]?.revision ?? '']: 100 })
  expect(effective).to.deep.equal(desired)
}
