/**
 * Accepts a release or rollback in one transaction, under the lock of its first environment. The caller sends signals and starts workflows.
 */
import type { Actor } from '../../../domain/actor.ts'
import type { EnvironmentRef } from '../../../domain/identity.ts'
import { environmentKey } from '../../../domain/identity.ts'
import type { LocationOf } from '../../../domain/plan/location.ts'
import { isSameLocation } from '../../../domain/plan/location.ts'
import type { ReleasePlan, RolloutPlan } from '../../../domain/plan/plan.ts'
import type { ReleaseInput } from '../../../domain/plan/plan-release.ts'
import { planDigest, planRelease, planRollback } from '../../../domain/plan/plan-release.ts'
import { Problem } from '../../../domain/problem.ts'
import { environmentResource } from '../../../domain/queue/resource.ts'
import { refusedBy } from '../../../domain/queue/room-for.ts'
import type { Environment, Service } from '../../../domain/plan/service.ts'
import { environmentOrder } from '../../../domain/plan/service.ts'
import { appendEvents, insertSubject } from '../events/events.ts'
import type { Claim } from '../access/idempotency.ts'
import { answerClaim } from '../access/idempotency.ts'
import type { Database, Sql } from '../database/database.ts'
import { jsonOf } from '../database/storable.ts'
import { lockResource } from '../queue/turns.ts'
import { readEnvironment } from '../rollouts/environment.ts'
import { enqueueRollout, queueOf } from '../rollouts/rollout-turns.ts'
import { askRoom } from '../rollouts/ask-room.ts'
import { earlierGood } from './earlier-good.ts'

export interface Accepted<Plan> {
  readonly plan: Plan
  readonly digest: string
  /** Workflows whose turns were asked to make room. The caller wakes them. */
  readonly toWake: readonly string[]
  /** A release of the same version that is in flight; null when there is none. */
  readonly twin: string | null
}

/**
 * The answer to the caller. The same transaction writes it into the claim of the idempotency key.
 * @param twin a release of the same version that is in flight
 */
export type AnswerOf<Plan> = (
  plan: Plan,
  twin: string | null,
) => { readonly status: number; readonly location: string; readonly body: unknown }

export interface Accepting {
  /**
   * @param declared the service as its caller read it
   * @throws Problem not-found, version-digest-changed, already-in-flight where the declaration refuses a second release in flight,
   *   request-in-flight where another environment has become the first one, and where the claim was taken over
   */
  release(
    declared: Service,
    input: ReleaseInput,
    claim: Claim | null,
    answer: AnswerOf<ReleasePlan>,
  ): Promise<Accepted<ReleasePlan>>
  /** Refuses an artifact that a release would be refused for now. @throws Problem version-digest-changed */
  refuseOtherArtifact(service: string, version: string, artifact: string): Promise<void>
  /** @throws Problem not-found, no-earlier-version, request-in-flight */
  rollback(
    ref: { readonly service: string; readonly environment: string },
    input: { readonly version: string | null; readonly reason: string | null; readonly requestedBy: Actor },
    claim: Claim | null,
    answer: AnswerOf<RolloutPlan>,
  ): Promise<Accepted<RolloutPlan>>
}

/** @param locationOf says where versions are: a rollback brings back only one that is where its environment is */
export const createAccepting = (db: Database, locationOf: LocationOf): Accepting => ({
  release: (declared, input, claim, answer) => db.transaction((tx) => acceptRelease(tx, declared, input, claim, answer)),
  refuseOtherArtifact: (service, version, artifact) => refuseOtherArtifact(db, { service, version, artifact }),
  rollback: (ref, input, claim, answer) => db.transaction((tx) => acceptRollback(tx, locationOf, ref, input, claim, answer)),
})

async function acceptRelease(
  tx: Sql,
  declared: Service,
  input: ReleaseInput,
  claim: Claim | null,
  answer: AnswerOf<ReleasePlan>,
): Promise<Accepted<ReleasePlan>> {
  // The environment is locked before the service, as everywhere: two transactions in different orders could deadlock.
  const { name } = declared
  const first = environmentOrder(declared)[0]?.name ?? ''
  await lockResource(tx, environmentResource({ service: name, environment: first }))
  const { service, number } = await takeNumber(tx, name, 'next_release')
  const plan = planRelease(service, number, input)
  const [rollout] = plan.rollouts
  if (!rollout || rollout.ref.environment !== first)
    throw new Problem('request-in-flight', `${name} is being declared anew at this moment`)
  const isAgain = await keepVersion(tx, plan)
  const twin = await twinBefore(tx, plan)
  const toWake = await makeRoom(tx, rollout)
  await insertRelease(tx, plan, { isAgain, twin })
  await enqueueRollout(tx, rollout, plan.release)
  await answerClaim(tx, claim, answer(plan, twin))
  return { plan, digest: planDigest(plan), toWake, twin }
}

/** @throws Problem not-found */
function environmentIn({ environments }: Service, ref: EnvironmentRef): Environment {
  const found = environments.find(({ name }) => name === ref.environment)
  if (!found) throw new Problem('not-found', `there is no environment ${environmentKey(ref)}`)
  return found
}

async function readDeclaration(tx: Sql, name: string): Promise<Service> {
  const row = await tx.build
    .selectFrom('service')
    .select('declaration')
    .where('name', '=', name)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new Problem('not-found', `there is no service ${name}`)
  return row.declaration
}

/** Takes the service's next number, and reads its declaration under the lock that this holds. */
async function takeNumber(tx: Sql, name: string, counter: 'next_release' | 'next_rollback') {
  const row = await tx.build
    .updateTable('service')
    .set((eb) => ({ [counter]: eb(counter, '+', 1) }))
    .where('name', '=', name)
    .where('removed_at', 'is', null)
    .returning((eb) => ['declaration', eb(counter, '-', 1).as('number')])
    .executeTakeFirst()
  if (!row) throw new Problem('not-found', `there is no service ${name}`)
  return { service: row.declaration, number: row.number }
}

type Labelled = Pick<ReleasePlan, 'service' | 'version' | 'artifact'>

/**
 * Binds a version to its artifact for good. Settings belong to the declaration and may change. Returns whether the version was released
 * before.
 */
async function keepVersion(tx: Sql, labelled: Labelled): Promise<boolean> {
  const { service, version, artifact } = labelled
  const made = await tx.build
    .insertInto('version')
    .values({ service, version, artifact })
    .onConflict((conflict) => conflict.doNothing())
    .returning('version')
    .executeTakeFirst()
  await refuseOtherArtifact(tx, labelled)
  return made === undefined
}

async function refuseOtherArtifact({ build }: Sql, { service, version, artifact }: Labelled): Promise<void> {
  const row = await build
    .selectFrom('version')
    .select('artifact')
    .where('service', '=', service)
    .where('version', '=', version)
    .executeTakeFirst()
  if (!row || row.artifact === artifact) return
  throw new Problem('version-digest-changed', `${service} ${version} was released before, with other files`, {
    more: { released: row.artifact },
    errors: [{ pointer: '/version', detail: `its files are ${row.artifact}, these are ${artifact}` }],
  })
}

/** @throws Problem already-in-flight under `refuse` */
async function makeRoom(tx: Sql, rollout: RolloutPlan): Promise<readonly string[]> {
  const queue = await queueOf(tx, rollout.ref)
  const first = refusedBy(rollout, queue)
  if (first)
    throw new Problem('already-in-flight', `${first.subject} is in flight in ${first.ref}`, {
      more: { inFlight: { kind: first.subjectKind, id: first.subject, phase: first.phase } },
    })
  return askRoom(tx, rollout, queue)
}

/** The newest release of the same version that is not over. */
async function twinBefore(tx: Sql, { service, version }: ReleasePlan): Promise<string | null> {
  const row = await tx.build
    .selectFrom('release')
    .select('id')
    .where('service', '=', service)
    .where('version', '=', version)
    .where('ended_at', 'is', null)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

async function insertRelease(
  tx: Sql,
  plan: ReleasePlan,
  { isAgain, twin }: { readonly isAgain: boolean; readonly twin: string | null },
): Promise<void> {
  const { release, service, releaseNumber, version, artifact, retryOf, requestedBy, note } = plan
  const digest = planDigest(plan)
  await tx.build
    .insertInto('release')
    .values({
      id: release,
      service,
      number: releaseNumber,
      version,
      plan: jsonOf(plan),
      plan_digest: digest,
      retry_of: retryOf,
      requested_by: jsonOf(requestedBy),
      note,
    })
    .execute()
  const environments = plan.rollouts.map(({ ref }) => ref.environment)
  const data = { version, artifact, planDigest: digest, environments, retryOf, note, isAgain, twin }
  const [actor, at] = [requestedBy, new Date()]
  const subject = { kind: 'release', id: release } as const
  await insertSubject(tx, subject)
  await appendEvents(tx, subject, [
    { key: `release/${release}#accepted`, kind: 'release-accepted', actor, at, where: null, data },
  ])
}

async function acceptRollback(
  tx: Sql,
  locationOf: LocationOf,
  ref: EnvironmentRef,
  input: { readonly version: string | null; readonly reason: string | null; readonly requestedBy: Actor },
  claim: Claim | null,
  answer: AnswerOf<RolloutPlan>,
): Promise<Accepted<RolloutPlan>> {
  // A request for an environment that is not there locks nothing.
  environmentIn(await readDeclaration(tx, ref.service), ref)
  await lockResource(tx, environmentResource(ref))
  // It holds the lock of the service, so that nobody moves the environment before the rollback is in its queue.
  const { service, number } = await takeNumber(tx, ref.service, 'next_rollback')
  const declared = environmentIn(service, ref)
  const environment = await readEnvironment(tx, environmentKey(ref))
  const here = locationOf(environment.stable ?? declared, ref)
  const good = await earlierGood(tx, environment, input.version, (one) => isSameLocation(locationOf(one, ref), here))
  const plan = planRollback(good, number)
  const toWake = await makeRoom(tx, plan)
  await insertRollback(tx, plan, input)
  await enqueueRollout(tx, plan, plan.workflowId)
  await answerClaim(tx, claim, answer(plan, null))
  return { plan, digest: '', toWake, twin: null }
}

async function insertRollback(
  tx: Sql,
  plan: RolloutPlan,
  { reason, requestedBy }: { readonly reason: string | null; readonly requestedBy: Actor },
): Promise<void> {
  const { workflowId: id, ref, release, canary } = plan
  await tx.build
    .insertInto('rollback')
    .values({
      id,
      service: ref.service,
      environment: ref.environment,
      release_id: release,
      plan: jsonOf(plan),
      requested_by: jsonOf(requestedBy),
      note: reason,
    })
    .execute()
  const data = { version: canary.version, release, reason }
  const [actor, at] = [requestedBy, new Date()]
  const subject = { kind: 'rollback', id } as const
  await insertSubject(tx, subject)
  await appendEvents(tx, subject, [{ key: `${id}#accepted`, kind: 'rollback-accepted', actor, at, where: null, data }])
}
