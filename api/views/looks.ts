/** Looks of an analysis, for charts: of a release in all its environments, or of a rollback. */
import type { LookReading } from '../../adapters/postgres/reading.ts'
import { environmentOf } from './explanation.ts'

/** So many are read at once (adapters/postgres/reading.ts). */
const pageSize = 2_000

export const looksView = (looks: readonly LookReading[]) => ({
  items: looks.map(({ workflowId, atMs, row }) => ({ environment: environmentOf(workflowId), atMs, row })),
  nextCursor: looks.length < pageSize ? null : String(looks.at(-1)?.atMs),
})
