/** Releases and rollbacks in the shape of the wire, which schema/release.ts defines. */
import type { ReleaseRow, RollbackRow, TurnRow } from '../../adapters/postgres/releases/subject-rows.ts'
import { releaseWorkflowId } from '../../domain/identity.ts'
import type { Outcome } from '../../domain/rollout/phase.ts'
import { legalRequests, shownState } from '../../domain/rollout/phase.ts'
import type { Revision } from '../../domain/plan/plan.ts'
import type { AnalysisStatus } from '../../schema/evidence.ts'
import type { HistoryItem, Release, Rollback } from '../../schema/release.ts'
import type { ApiSettings } from '../dependencies.ts'
import { linksOf } from '../links.ts'
import type { Stuckness } from '../stuckness.ts'
import { reasonView } from './reason.ts'
import { unguardedMs } from './unguarded.ts'
import { decisionUntil, waitsFor } from './waits.ts'

export interface Viewer {
  readonly settings: ApiSettings
  readonly stuckness: Stuckness
  readonly origin: string
}

/** A start that takes longer than this is overdue, not slow. */
const startOverdueMs = 30_000

export function releaseView(row: ReleaseRow, viewer: Viewer): Release {
  const { id, service, version, plan, planDigest, reached, retryOf, turn } = row
  const workflowId = turn && turn.state !== 'over' ? turn.workflowId : releaseWorkflowId(service, id)
  const canary = turn?.plan.canary ?? plan.rollouts[0]?.canary
  return {
    kind: 'release',
    id,
    service,
    version,
    ...progress(row, viewer, [releaseWorkflowId(service, id)]),
    stable: shown(turn?.stable ?? null),
    canary: { version, revision: canary?.revision ?? '' },
    reached: [...reached],
    environments: plan.rollouts.map(({ ref }) => ref.environment),
    retryOf,
    planDigest,
    links: linksOf(viewer.settings, { kind: 'release', id }, workflowId, viewer.origin),
  }
}

export function rollbackView(row: RollbackRow, viewer: Viewer): Rollback {
  const { id, service, plan, release, turn } = row
  return {
    kind: 'rollback',
    id,
    service,
    version: plan.canary.version,
    ...progress(row, viewer, []),
    release,
    stable: shown(turn?.stable ?? null),
    canary: { version: plan.canary.version, revision: plan.canary.revision },
    links: linksOf(viewer.settings, { kind: 'rollback', id }, id, viewer.origin),
  }
}

/** Either as one line of a list. */
export function historyView(row: ReleaseRow | RollbackRow, viewer: Viewer): HistoryItem {
  const view = 'number' in row ? releaseView(row, viewer) : rollbackView(row, viewer)
  const { kind, id, version, state, environment, reason, requestedBy, note, createdAt, endedAt, links } = view
  return {
    kind,
    id,
    version,
    environment: 'number' in row ? environment : row.environment,
    ...{ state, reason, requestedBy, note, createdAt, endedAt, links },
  }
}

const shown = (revision: Revision | null) => revision && { version: revision.version, revision: revision.revision }

type Common = Pick<ReleaseRow, 'outcome' | 'reason' | 'requestedBy' | 'note' | 'createdAt' | 'startedAt' | 'endedAt' | 'turn'>

/** @param above the workflow that starts the one with the turn */
function progress(row: Common, { stuckness }: Viewer, above: readonly string[]) {
  const { outcome, requestedBy, note, createdAt, startedAt, endedAt, turn } = row
  const active = turn && turn.state !== 'over' && !endedAt ? turn : null
  const blindMs = active && unguardedMs(active, Date.now())
  return {
    state: stateOf(outcome, active, startedAt),
    phase: active?.phase ?? null,
    environment: turn?.plan.ref.environment ?? null,
    weightPercent: turn?.weight ?? 0,
    move: turn?.move ?? 0,
    moves: (turn?.moves ?? []).map(({ weight, gate, bake }) => ({ weight, gate, bake })),
    reason: reasonView(row.reason ?? turn?.reason ?? null),
    waitsFor: waitsFor(active, startedAt !== null, blindMs),
    until: active && untilOf(active),
    legalRequests: active ? [...legalRequests(active.phase)] : [],
    outcome,
    analysis: statusOf(turn, blindMs !== null),
    requestedBy,
    note,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    phaseSince: active?.phaseSince.toISOString() ?? null,
    stuck: isStuck(row, [...(active ? [active.workflowId] : []), ...above], stuckness),
  }
}

/** The last stored status; `unguarded` when an analysis worker should look, and none does. */
function statusOf(turn: TurnRow | null, isUnguarded: boolean): AnalysisStatus | null {
  const kept = turn?.analysis ?? null
  return isUnguarded ? { ...kept, standing: 'unguarded' } : kept
}

function untilOf(turn: TurnRow) {
  const until = decisionUntil(turn)
  return until && { at: until.at.toISOString(), next: until.next }
}

const stateOf = (outcome: Outcome | null, active: TurnRow | null, startedAt: Date | null): Release['state'] => {
  if (outcome) return outcome
  if (!active) return 'progressing'
  return active.phase === 'queued' && !startedAt ? 'accepted' : shownState(active.phase, active.outcome)
}

function isStuck({ endedAt, startedAt, createdAt }: Common, workflowIds: readonly string[], stuckness: Stuckness): boolean {
  if (endedAt) return false
  if (!startedAt) return Date.now() - createdAt.getTime() > startOverdueMs
  // Asks about all of them. A read never waits, and gets the answer that an earlier read asked for.
  return workflowIds.map((workflowId) => stuckness.of(workflowId)).some(Boolean)
}
