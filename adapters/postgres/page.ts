/** Pages of a list: an opaque cursor that says where the page before ended. */
import { Problem } from '../../domain/problem.ts'

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

/** The sort key in a cursor. @throws Problem invalid-input for what is no cursor of ours */
export function keyOfCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^[\x20-\x7e]{1,200}$/.test(key))
    throw new Problem('invalid-input', 'the cursor is not one of ours', {
      errors: [{ pointer: '/cursor', detail: 'unknown cursor' }],
    })
  return key
}
