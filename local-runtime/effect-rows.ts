/**
 * The data plane's own log: every change of weights, every start and end of a process, each under the fencing token of the step that wanted
 * it.
 */
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import type { ReplicaEvents } from './replica.ts'
import type { GroupState, RevisionState, RuntimeState } from './state.ts'

export function startedRow(replica: string, { ref, revision, fencingToken, restart }: GroupState): EffectRow {
  return { at: new Date().toISOString(), ref, kind: 'started', ...fencingToken, revision, replica, restart }
}

/** @param by the removal that ended it; else the run that had wanted it */
export function endedRow(
  replica: string,
  { ref, revision, fencingToken }: GroupState,
  by: FencingToken = fencingToken,
): EffectRow {
  return { at: new Date().toISOString(), ref, kind: 'ended', ...by, revision, replica }
}

/** Starts that a kill kept from being written: the processes were there. */
export function missingStarts(
  rows: readonly EffectRow[],
  groups: readonly (readonly [replica: string, GroupState])[],
): readonly EffectRow[] {
  const written = new Set(rows.filter(({ kind }) => kind === 'started').map(({ replica }) => replica))
  return groups.filter(([replica]) => !written.has(replica)).map(([replica, group]) => startedRow(replica, group))
}

/** By slot, how often it was started before: a slot that a kill kept from its first start is not a restart. */
export function restartsOf(rows: readonly EffectRow[], ref: string, { revision, slots }: RevisionState): readonly number[] {
  const first = rows.filter((row) => row.ref === ref && row.revision === revision && row.kind === 'started' && !row.restart)
  return slots.map((fencingToken, index) => {
    const earlier = slots.slice(0, index).filter((other) => isSame(other, fencingToken)).length
    return first.filter((row) => isSame(row, fencingToken)).length > earlier ? 1 : 0
  })
}

/**
 * Of the oldest rows those that must stay: the newest turn of each environment, and what a next life of the runtime reads from its log. A
 * process that only came up again by itself is neither, unless it runs.
 */
export function neededRows(rows: readonly EffectRow[], { environments, groups }: RuntimeState): readonly EffectRow[] {
  const again = new Set(rows.flatMap(({ replica, restart }) => (replica !== undefined && restart ? [replica] : [])))
  const isNeeded = (row: EffectRow): boolean => {
    const known = environments[row.ref]
    if (!known) return false
    if (row.kind === 'started' && groups[row.replica ?? '']) return true
    if (row.kind === 'weights' && row.generation === known.generation) return true
    const isFirstStart = row.kind === 'started' && !row.restart
    if (isFirstStart && known.revisions[row.revision ?? '']?.slots.some((slot) => isSame(slot, row))) return true
    return row.turn >= known.fencingToken.turn && !again.has(row.replica ?? '')
  }
  const started = new Set(rows.flatMap((row) => (row.kind === 'started' && isNeeded(row) ? [row.replica] : [])))
  return rows.filter((row) => isNeeded(row) || (row.kind === 'ended' && started.has(row.replica)))
}

const isSame = (a: FencingToken, b: FencingToken): boolean =>
  a.workflowId === b.workflowId && a.turn === b.turn && a.step === b.step

/** What is recorded of each process, so that a kill at any moment leaves no process unknown and none unlogged. */
export type ReplicaRecords = Pick<ReplicaEvents, 'starting' | 'started' | 'over'>

export interface RecordDependencies {
  readonly state: Pick<RuntimeState, 'groups'>
  readonly saveGroups: () => void
  /** Neither throws. */
  readonly logProcess: (row: EffectRow) => void
}

/** @param removal fencing token of the removal of the revision, while there is one */
export function recordsOf(
  { state: { groups }, saveGroups, logProcess }: RecordDependencies,
  ref: string,
  revision: string,
  removal: () => FencingToken | undefined,
): ReplicaRecords {
  return {
    starting(replica, port, fencingToken, restart) {
      groups[replica] = { pid: 0, startedAt: '', port, ref, revision, fencingToken, restart }
      saveGroups()
    },
    started(replica, pid, startedAt) {
      const group = groups[replica]
      if (!group) return
      Object.assign(group, { pid, startedAt })
      saveGroups()
      logProcess(startedRow(replica, group))
    },
    over(replica, ran) {
      const group = groups[replica]
      // The row first. A kill between the two leaves a group whose end is logged already, never an end without a row.
      if (group && ran) logProcess(endedRow(replica, group, removal()))
      delete groups[replica]
      saveGroups()
    },
  }
}
