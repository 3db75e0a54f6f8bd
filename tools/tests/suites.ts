/** The suites of `npm test`: which files, and how long each may take. */
import { glob } from 'node:fs/promises'

export interface Suite {
  readonly name: string
  /** Patterns from the root; `but` takes files out again. */
  readonly files: string
  readonly but: readonly string[]
  /** A suite that takes longer is ended and counts as one more failure. */
  readonly shareMs: number
}

const minutes = 60_000

export const suites: readonly Suite[] = [
  { name: 'core', files: 'test/**/*.test.ts', but: ['test/journeys/**', 'test/chaos/**'], shareMs: 28 * minutes },
  { name: 'journeys', files: 'test/journeys/**/*.test.ts', but: [], shareMs: 30 * minutes },
  { name: 'chaos', files: 'test/chaos/**/*.test.ts', but: [], shareMs: 16 * minutes },
]

/** The test files of a suite, sorted, as paths from `root`. */
export async function filesOf(root: string, { files, but }: Suite): Promise<string[]> {
  const found = await Array.fromAsync(glob(files, { cwd: root, exclude: [...but] }))
  return found.sort()
}
