/** Makes the plan of a release or rollback from a declaration. Workflows must not import this file, because it computes digests. */
import type { Actor } from '../actor.ts'
import { digestOf, revisionOf } from '../digest.ts'
import { environmentKey, releaseId, rollbackWorkflowId, rolloutWorkflowId } from '../identity.ts'
import type { ReleasePlan, Revision, RolloutPlan } from './plan.ts'
import { declaredReplicas, rolloutSettings, trafficOf } from './plan.ts'
import { Problem } from '../problem.ts'
import type { FoundSecrets, SecretDigests } from './secret.ts'
import type { Environment, Service } from './service.ts'
import { environmentOrder } from './service.ts'

export interface ReleaseInput {
  readonly version: string
  /** Digest of the artifact, `sha256:<hex>`, or an image by digest, `name@sha256:<hex>`. */
  readonly artifact: string
  /** The last environment it goes to; all of them when null. */
  readonly until: string | null
  readonly now: boolean
  readonly note: string | null
  readonly retryOf: string | null
  readonly requestedBy: Actor
  readonly console?: string
  /** Absent where no environment names a secret. */
  readonly secrets?: FoundSecrets
}

/** Digest of what a service declares. */
export const declarationDigest = (service: Service): string => digestOf(service)

/**
 * The plan of the service's release `number`. @throws Problem invalid-input when `until` is no environment of the service,
 * request-in-flight when secrets were found for another declaration
 */
export function planRelease(service: Service, number: number, input: ReleaseInput): ReleasePlan {
  const { version, artifact, now, note, retryOf, requestedBy, secrets } = input
  if (secrets && secrets.declarationDigest !== declarationDigest(service))
    throw new Problem('request-in-flight', `${service.name} is being declared anew at this moment`)
  const release = releaseId(service.name, number)
  const rollouts = environmentsUntil(service, input.until).map((environment): RolloutPlan => {
    const ref = { service: service.name, environment: environment.name }
    return {
      ...rolloutSettings(service, environment),
      kind: 'rollout',
      ref,
      workflowId: rolloutWorkflowId(ref, release),
      release,
      releaseNumber: number,
      canary: revisionIn(service, environment, input),
      replicas: declaredReplicas(environment.target),
      now,
      console: input.console ?? null,
      recoversLost: false,
    }
  })
  return {
    service: service.name,
    release,
    releaseNumber: number,
    version,
    artifact,
    declarationDigest: declarationDigest(service),
    rollouts,
    revert: 'to-what-is-stable-when-its-turn-comes',
    retryOf,
    requestedBy,
    note,
  }
}

/**
 * A plan's digest covers everything that it will do, but neither its number nor who requested it and why. So a dry run has the same digest.
 */
export function planDigest(plan: ReleasePlan): string {
  const { service, version, artifact, revert } = plan
  const rollouts = plan.rollouts.map(
    ({ workflowId: _, release: _release, releaseNumber: _number, console: _console, ...rollout }) => rollout,
  )
  return digestOf({ service, version, artifact, declarationDigest: plan.declarationDigest, rollouts, revert })
}

/** The plan that brings `good`, the revision of an earlier rollout, back to where it was stable. */
export const planRollback = (good: RolloutPlan, number: number): RolloutPlan => ({
  ...good,
  kind: 'rollback',
  workflowId: rollbackWorkflowId(good.ref, number),
  onBusy: null,
  now: true,
  recoversLost: false,
})

/** Environments that a release visits, in order. @throws Problem invalid-input */
export function environmentsUntil(service: Service, until: string | null): readonly Environment[] {
  const ordered = environmentOrder(service)
  if (until === null) return ordered
  const last = ordered.findIndex(({ name }) => name === until)
  if (last >= 0) return ordered.slice(0, last + 1)
  const key = environmentKey({ service: service.name, environment: until })
  throw new Problem('invalid-input', `there is no environment ${key}`, {
    hint: `${service.name} has ${ordered.map(({ name }) => name).join(', ')}`,
    errors: [{ pointer: '/until', detail: 'no environment of this service' }],
  })
}

/** A changed value of a secret makes another revision, so that a process is started with the new value. */
function revisionIn(service: Service, environment: Environment, { version, artifact, secrets: found }: ReleaseInput): Revision {
  const { target, traffic } = environment
  const secrets: SecretDigests = found?.environments[environment.name] ?? {}
  const material = Object.keys(secrets).length > 0 ? { artifact, target, traffic, secrets } : { artifact, target, traffic }
  return { revision: revisionOf(material), version, artifact, target, traffic: trafficOf(service, environment) }
}
