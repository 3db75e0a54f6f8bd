/** What a benchmark is: one promise, measured, as a table for people and as JSON for machines. */

export interface BenchResult {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly json: unknown
}

export interface Bench {
  readonly name: string
  readonly title: string
  /** With what follows its name on the command line. */
  run(args?: readonly string[]): Promise<BenchResult>
}
