/** Looks of an analysis, for charts: of a release in all its environments, or of a rollback. */
import type { ReleaseQueries } from '../../adapters/postgres/releases/release-queries.ts'
import { parseEnvironmentRef } from '../../domain/identity.ts'
import type { SubjectRef } from '../../domain/subject.ts'
import type { Looks } from '../../schema/answers.ts'
import { pageRequest } from '../page.ts'

/** A page of the looks after `sinceMs`. */
export async function looksPage(
  { looks }: Pick<ReleaseQueries, 'looks'>,
  subject: SubjectRef,
  { sinceMs, ...page }: { readonly sinceMs: number; readonly limit: number; readonly cursor?: string | undefined },
): Promise<Looks> {
  const { items, nextCursor } = await looks(subject, sinceMs, pageRequest(page))
  return {
    items: items.map(({ ref, atMs, row }) => ({ environment: parseEnvironmentRef(ref).environment, atMs, row })),
    nextCursor,
  }
}
