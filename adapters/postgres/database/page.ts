/** Pages of a list: an opaque cursor that says where the page before ended. */
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
