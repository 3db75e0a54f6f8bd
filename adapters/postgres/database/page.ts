/** Pages of a list: an opaque cursor that says where the page before ended. */
import { Problem } from '../../../domain/problem.ts'

export interface PageRequest {
  readonly limit: number
  /** Sort key of the last row of the page before. */
  readonly after?: string
}

export interface Page<Row> {
  readonly items: readonly Row[]
  readonly nextCursor: string | null
}

/** The page of `rows`, which were asked for with one more than `limit`. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? Buffer.from(keyOf(last), 'utf8').toString('base64url') : null }
}

/** What a list says of a cursor that none of its pages ended with. */
export const foreignCursor = (): Problem =>
  new Problem('invalid-input', 'this cursor is not one of this list', { hint: 'take nextCursor as it was answered' })
