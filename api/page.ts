/** Turns the query of a list into a page for the database. */
import type { PageRequest } from '../adapters/postgres/database/page.ts'
import { Problem } from '../domain/problem.ts'

/** @throws Problem invalid-input for a cursor that no answer had */
export function pageRequest({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): PageRequest {
  if (cursor === undefined) return { limit }
  const after = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^[\x20-\x7e]{1,300}$/.test(after))
    throw new Problem('invalid-input', 'the cursor is not valid', {
      errors: [{ pointer: '/cursor', detail: 'unknown cursor' }],
    })
  return { limit, after }
}
