/**
 * The data plane's own log: every change of weights, and every start and end of a process. Each row has the fencing token of the step that
 * asked for it.
 */
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import type { ReplicaEvents } from './replica.ts'
import type { GroupState, RevisionState, RuntimeState } from './state.ts'

export function startedRow(replica: string, { ref, revision, fencingToken, restart }: GroupState): EffectRow {
  return { at: new Date().toISOString(), ref, kind: 'started', ...fencingToken, revision, replica, restart }
}

/** @param by the removal that ended it; by default the run that started it */
export function endedRow(
  replica: string,
  { ref, revision, fencingToken }: GroupState,
  by: FencingToken = fencingToken,
): EffectRow {
  return { at: new Date().toISOString(), ref, kind: 'ended', ...by, revision, replica }
}

/** The starts of processes that ran, but whose rows a kill prevented. */
export function missingStarts(
  rows: readonly EffectRow[],
  groups: readonly (readonly [replica: string, GroupState])[],
): readonly EffectRow[] {
  const written = new Set(rows.filter(({ kind }) => kind === 'started').map(({ replica }) => replica))
  return groups.filter(([replica]) => !written.has(replica)).map(([replica, group]) => startedRow(replica, group))
}

/** How often each slot was started before. A slot whose first start a kill prevented does not count as restarted. */
export function restartsOf(rows: readonly EffectRow[], ref: string, { revision, slots }: RevisionState): readonly number[] {
  const first = rows.filter((row) => row.ref === ref && row.revision === revision && row.kind === 'started' && !row.restart)
  return slots.map((fencingToken, index) => {
    const earlier = slots.slice(0, index).filter((other) => isSame(other, fencingToken)).length
    return first.filter((row) => isSame(row, fencingToken)).length > earlier ? 1 : 0
  })
}

/**
 * The oldest rows that must stay: those of the newest turn of each environment, and those that the runtime reads from its log at its next
 * start. Rows of a process that only restarted by itself are neither, unless it still runs.
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
    return row.token >= known.fencingToken.token && !again.has(row.replica ?? '')
  }
  const started = new Set(rows.flatMap((row) => (row.kind === 'started' && isNeeded(row) ? [row.replica] : [])))
  return rows.filter((row) => isNeeded(row) || (row.kind === 'ended' && started.has(row.replica)))
}

const isSame = (a: FencingToken, b: FencingToken): boolean =>
  a.workflowId === b.workflowId && a.token === b.token && a.step === b.step

/** Records each process, so that after a kill at any moment every process is known and logged. */
export type ReplicaRecords = Pick<ReplicaEvents, 'starting' | 'started' | 'over'>

export interface RecordDependencies {
  readonly state: Pick<RuntimeState, 'groups'>
  readonly saveGroups: () => void
  /** Neither `saveGroups` nor this throws. */
  readonly logProcess: (row: EffectRow) => void
}

/** @param removal the fencing token of the revision's removal, while it is being removed */
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
      // The row comes first. A kill between the two leaves a group whose end is logged already, never an end without a row.
      if (group && ran) logProcess(endedRow(replica, group, removal()))
      delete groups[replica]
      saveGroups()
    },
  }
}
