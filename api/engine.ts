/**
 * Everything that changes something: releases, rollbacks and requests. It commits first. The signals and starts that follow only save time,
 * because the sweeper repeats them.
 */
import type { ShownSubject, SubjectKind } from '../domain/subject.ts'
import { subjectKindOf } from '../domain/subject.ts'
import type { Claim } from '../adapters/postgres/access/idempotency.ts'
import type { TurnRow } from '../adapters/postgres/releases/subject-rows.ts'
import type { Actor } from '../domain/actor.ts'
import { releaseWorkflowId } from '../domain/identity.ts'
import type { Request, RequestKind } from '../domain/rollout/phase.ts'
import { assertLegal, legalRequests, shownState } from '../domain/rollout/phase.ts'
import { environmentsUntil } from '../domain/plan/plan-release.ts'
import type { Service } from '../domain/plan/service.ts'
import { isProblem, Problem } from '../domain/problem.ts'
import type { ReleaseRequest, Started } from '../schema/release.ts'
import { assertStillRun, findArtifact } from './artifacts.ts'
import { assertTargetsPermitted } from './assert-permitted.ts'
import type { ApiDependencies } from './dependencies.ts'
import { findService } from './find-service.ts'
import { linksOf, pathOf } from './links.ts'
import { noSubject } from './remedies.ts'
import { findSecrets } from './secrets.ts'
import type { Stuckness } from './stuckness.ts'
import { createStuckness } from './stuckness.ts'

/** The sender of a request, and its claim of an idempotency key. */
export interface Caller {
  readonly actor: Actor
  readonly claim: Claim | null
  readonly origin: string
  /** Aborts when the caller has left, and ends what only the caller waits for. */
  readonly signal?: AbortSignal
}

export interface RequestInput {
  readonly kind: RequestKind
  readonly reason: string | null
  readonly byMs: number | undefined
  /** The id of the update, which makes a repeat harmless. */
  readonly once: string
}

export interface Engine {
  readonly stuckness: Stuckness
  startRelease(service: Service, request: ReleaseRequest, caller: Caller): Promise<Started>
  /** Releases the same version again, with an alpha of its own. */
  retry(release: string, note: string | null, caller: Caller): Promise<Started>
  startRollback(
    ref: { readonly service: string; readonly environment: string },
    input: { readonly version: string | null; readonly reason: string | null },
    caller: Caller,
  ): Promise<Started>
  /** Sends a request to a release or rollback in flight. @throws Problem not-found, wrong-phase, no-worker */
  request(subject: ShownSubject, input: RequestInput, caller: Caller): Promise<unknown>
}

type EngineDependencies = Pick<
  ApiDependencies,
  | 'log'
  | 'services'
  | 'accepting'
  | 'queries'
  | 'starts'
  | 'asking'
  | 'control'
  | 'artifacts'
  | 'target'
  | 'targetRefusal'
  | 'secretsIn'
  | 'settings'
>

export function createEngine(dependencies: EngineDependencies): Engine {
  return {
    stuckness: createStuckness(dependencies.control),

    async startRelease(service, { version, artifact, until = null, now, note }, caller) {
      const found = await findArtifact(dependencies, environmentsUntil(service, until), artifact, 'release', caller.signal)
      return start(
        dependencies,
        service,
        { version, artifact: found, until, now, note, retryOf: null, requestedBy: caller.actor },
        caller,
      )
    },

    async retry(id, note, caller) {
      const before = await dependencies.queries.release(id)
      if (!before) throw await noSubject(dependencies, { kind: 'release', id })
      if (!before.endedAt)
        throw new Problem('already-in-flight', `${id} is still in flight`, {
          hint: `'holdfast release abort ${id}' reverts it`,
          more: { inFlight: { kind: 'release', id, phase: before.turn?.phase ?? null, self: pathOf({ kind: 'release', id }) } },
        })
      const { version, artifact, rollouts } = before.plan
      const until = rollouts.at(-1)?.ref.environment ?? null
      const { declaration } = await findService(dependencies, before.service)
      assertStillRun(dependencies, environmentsUntil(declaration, until), artifact)
      return start(
        dependencies,
        declaration,
        { version, artifact, until, now: false, note, retryOf: id, requestedBy: caller.actor },
        caller,
      )
    },

    startRollback: (ref, input, caller) => startRollback(dependencies, ref, input, caller),
    request: (subject, input, caller) => request(dependencies, subject, input, caller),
  }
}

type Input = Parameters<ApiDependencies['accepting']['release']>[1]

async function start(
  dependencies: EngineDependencies,
  service: Service,
  input: Input,
  { claim, origin }: Caller,
): Promise<Started> {
  const answer = (release: string, twin: string | null): Started => {
    const links = linksOf(
      dependencies.settings,
      { kind: 'release', id: release },
      releaseWorkflowId(service.name, release),
      origin,
    )
    return { kind: 'release', id: release, state: 'accepted', ...(twin === null ? {} : { twin }), links }
  }
  assertTargetsPermitted(service, environmentsUntil(service, input.until), dependencies)
  const secrets = await findSecrets(dependencies, service, input.until)
  const full = { ...input, ...secrets, console: dependencies.settings.consoleUrl || origin }
  const { plan, toWake, twin } = await dependencies.accepting.release(service, full, claim, ({ release }, same) =>
    stored(answer(release, same)),
  )
  await hasten(dependencies, toWake)
  await launch(dependencies, 'release', plan.release, () => dependencies.control.startRelease(plan))
  return answer(plan.release, twin)
}

async function startRollback(
  dependencies: EngineDependencies,
  ref: { readonly service: string; readonly environment: string },
  input: { readonly version: string | null; readonly reason: string | null },
  { actor, claim, origin }: Caller,
): Promise<Started> {
  const answer = (id: string): Started => {
    const links = linksOf(dependencies.settings, { kind: 'rollback', id }, id, origin)
    return { kind: 'rollback', id, state: 'accepted', links }
  }
  const full = { ...input, requestedBy: actor }
  const { plan, toWake } = await dependencies.accepting.rollback(ref, full, claim, ({ workflowId }) => stored(answer(workflowId)))
  await hasten(dependencies, toWake)
  await launch(dependencies, 'rollback', plan.workflowId, () => dependencies.control.startRollback(plan, actor))
  return answer(plan.workflowId)
}

const stored = (started: Started) => ({ status: 202, location: started.links.self, body: started })

const hasten = async (dependencies: EngineDependencies, workflowIds: readonly string[]): Promise<void> => {
  await Promise.all(workflowIds.map((workflowId) => dependencies.control.wake(workflowId)))
}

/** Starts the workflow. The change is accepted already, so a failure here does not reach the caller: the sweeper starts it later. */
async function launch(
  dependencies: EngineDependencies,
  kind: SubjectKind,
  id: string,
  begin: () => Promise<void>,
): Promise<void> {
  try {
    await begin()
    await dependencies.starts.markStarted(kind, id)
  } catch (error) {
    dependencies.log.warn({ id, err: error }, 'not started yet: the sweeper will')
  }
}

async function request(dependencies: EngineDependencies, subject: ShownSubject, input: RequestInput, { actor, origin }: Caller) {
  const { queries } = dependencies
  const { id } = subject
  const found = subject.kind === 'release' ? await queries.release(id) : await queries.rollback(id)
  if (!found) throw await noSubject(dependencies, subject)
  const { turn } = found
  if (!turn || turn.state === 'over' || found.endedAt) throw over(id, found.outcome)
  const { kind, reason, byMs, once } = input
  const sent: Request = { kind, actor, reason, ...(byMs === undefined ? {} : { byMs }) }
  const phase = await ask(dependencies, turn, sent, once, found.service)
  const links = linksOf(dependencies.settings, subject, turn.workflowId, origin)
  return { kind: subject.kind, id, request: kind, state: shownState(phase, null), phase, links }
}

const over = (id: string, outcome: string | null): Problem =>
  new Problem('wrong-phase', `${id} is over${outcome ? `: ${outcome}` : ''}`, {
    hint: 'no request is legal now',
    more: { phase: 'ended', legal: [] },
  })

/** Sends one update, whose id makes a repeat harmless. An abort that no worker answers is stored in the row: delayed, never lost. */
async function ask(
  dependencies: EngineDependencies,
  turn: TurnRow,
  sent: Request,
  once: string,
  service: string,
): Promise<TurnRow['phase']> {
  try {
    const { phase } = await dependencies.control.request(turn.workflowId, sent, `${sent.kind}/${once}`)
    return phase as TurnRow['phase']
  } catch (error) {
    const isUnanswered =
      isProblem(error, 'no-worker') || isProblem(error, 'not-found') || isProblem(error, 'temporal-unavailable')
    if (!isUnanswered) throw error
    assertLegal(turn.phase, sent.kind)
    if (sent.kind !== 'abort' || !legalRequests(turn.phase).some((kind) => kind === 'abort')) throw asNoWorker(error)
    const kind = subjectKindOf(turn.kind)
    const subject = { kind, id: kind === 'rollback' ? turn.workflowId : turn.plan.release }
    const by = { key: once, actor: sent.actor, reason: sent.reason }
    const isAsked = await dependencies.asking.abort({ workflowId: turn.workflowId, ref: turn.ref, subject }, by)
    if (!isAsked) throw over(service, null)
    await dependencies.control.wake(turn.workflowId)
    return turn.phase
  }
}

/** A turn without a running workflow waits for the sweeper, so the caller gets `no-worker`. */
const asNoWorker = (error: unknown): unknown =>
  isProblem(error, 'not-found')
    ? new Problem('no-worker', 'its workflow does not run yet', { hint: 'repeat the request in a moment', cause: error })
    : error
