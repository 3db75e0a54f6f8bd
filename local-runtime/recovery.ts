/**
 * What the runtime does at its start about its earlier life: it ends leftover processes, completes the log, and reports how long users
 * waited.
 */
import type { EffectRow } from '../adapters/local-runtime/protocol.ts'
import { endedRow, missingStarts } from './effect-rows.ts'
import { endLeftGroup } from '../adapters/process/process-group.ts'
import type { StateFile } from './state.ts'

/** No user reaches the leftover processes any more and their successors wait, so they get little time. */
const leftGraceMs = 500

/** Ends the process groups of an earlier life and adds the rows that it could not write. @param rows of the effect log @returns all rows */
export async function recover(
  { state, saveGroups }: StateFile,
  rows: readonly EffectRow[],
  log: (row: EffectRow) => void,
): Promise<readonly EffectRow[]> {
  const left = Object.entries(state.groups)
  const found = await Promise.all(left.map(([, group]) => endLeftGroup(group, leftGraceMs)))
  const ran = left.filter(([, { pid }], index) => pid > 0 || found[index])
  const added = missingStarts(rows, ran)
  for (const row of added) log(row)
  const ended = new Set(rows.filter(({ kind }) => kind === 'ended').map(({ replica }) => replica))
  for (const [replica, group] of ran) if (!ended.has(replica)) log(endedRow(replica, group))
  for (const [replica] of left) delete state.groups[replica]
  saveGroups()
  return [...rows, ...added]
}

export interface OutageWatch {
  served(ref: string): void
  /** The longest outage of the environments that serve again; null where the runtime was not killed. */
  lastOutageMs(): number | null
}

/** @param killedAtMs last sign of life of the earlier life; null after an orderly end */
export function watchOutage(
  killedAtMs: number | null,
  environments: readonly string[],
  say: (message: string) => void,
): OutageWatch {
  const away = new Set(killedAtMs === null ? [] : environments)
  let lastOutageMs: number | null = null
  return {
    served(ref) {
      if (killedAtMs === null || !away.delete(ref)) return
      const outageMs = Date.now() - killedAtMs
      lastOutageMs = Math.max(lastOutageMs ?? 0, outageMs)
      say(`${ref} was away for ${outageMs} ms`)
    },
    lastOutageMs: () => lastOutageMs,
  }
}
