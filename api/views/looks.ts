/** Looks of an analysis, for charts: of a release in all its environments, or of a rollback. */
import type { LookReading, Reading } from '../../adapters/postgres/releases/reading.ts'
import { parsePlace } from '../../domain/identity.ts'
import type { SubjectRef } from '../../domain/subject.ts'

const pageSize = 2_000

/** A page of them, after the instant that `cursor` or `sinceMs` names. */
export const looksPage = async (
  { looks }: Pick<Reading, 'looks'>,
  subject: SubjectRef,
  { cursor, sinceMs }: { readonly cursor?: string | undefined; readonly sinceMs: number },
) => looksView(await looks(subject, Number(cursor ?? sinceMs), pageSize))

export const looksView = (looks: readonly LookReading[]) => ({
  items: looks.map(({ place, atMs, row }) => ({ environment: parsePlace(place).environment, atMs, row })),
  nextCursor: looks.length < pageSize ? null : String(looks.at(-1)?.atMs),
})
