/** Looks of an analysis, for charts: of a release in all its environments, or of a rollback. */
import type { ReleaseQueries } from '../../adapters/postgres/releases/release-queries.ts'
import { parsePlace } from '../../domain/identity.ts'
import type { SubjectRef } from '../../domain/subject.ts'
import { pageRequest } from '../page.ts'

/** A page of them, of those after `sinceMs`. */
export async function looksPage(
  { looks }: Pick<ReleaseQueries, 'looks'>,
  subject: SubjectRef,
  { sinceMs, ...page }: { readonly sinceMs: number; readonly limit: number; readonly cursor?: string | undefined },
) {
  const { items, nextCursor } = await looks(subject, sinceMs, pageRequest(page))
  return { items: items.map(({ place, atMs, row }) => ({ environment: parsePlace(place).environment, atMs, row })), nextCursor }
}
