/** A benchmark measures one promise. Its result is a table for people and JSON for programs. */

export interface BenchResult {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  readonly json: unknown
}

export interface Bench {
  readonly name: string
  readonly title: string
  /** Runs it with the arguments that follow its name on the command line. */
  run(args?: readonly string[]): Promise<BenchResult>
}
