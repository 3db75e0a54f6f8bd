/** The end of a list that may be long. */
export interface Newest<Row> {
  /** Oldest first. */
  readonly items: readonly Row[]
  /** How many there are before them. */
  readonly more: number
}
