/** Pages of a list, with an opaque cursor that says where the previous page ended. */
import { Problem } from '../../../domain/problem.ts'

export interface PageRequest {
  readonly limit: number
  /** The sort key of the last row of the previous page. */
  readonly after?: string
}

export interface Page<Row> {
  readonly items: readonly Row[]
  readonly nextCursor: string | null
}

/** The page of `rows`. The statement asked for one row more than `limit`, to learn whether there are more. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? Buffer.from(keyOf(last), 'utf8').toString('base64url') : null }
}

/** The problem for a cursor that no page of this list has returned. */
export const foreignCursor = (): Problem =>
  new Problem('invalid-input', 'this cursor is not one of this list', {
    errors: [{ pointer: '/cursor', detail: 'no page of this list ended with it' }],
  })
