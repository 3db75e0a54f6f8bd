/** The suites of `npm test`: their files, and how long each may take. */
import { glob } from 'node:fs/promises'
import { matchesGlob } from 'node:path'
import type { Component } from '../../ops/components/component.ts'
import { clusterComponents } from '../../ops/components/index.ts'

export interface Suite {
  readonly name: string
  /** Patterns from the root; `but` excludes files. */
  readonly files: string
  readonly but: readonly string[]
  /** One pattern for each further lane beside the first, which takes the rest. Tests that measure time stay in the first lane. */
  readonly beside?: readonly string[]
  /** Components beyond those of every suite. The run finds or builds them before the suite's time begins. */
  readonly needs?: readonly Component[]
  /** A suite that takes longer is ended, which counts as one failure. */
  readonly shareMs: number
}

const minutes = 60_000

export const suites: readonly Suite[] = [
  {
    name: 'core',
    files: 'test/**/*.test.ts',
    but: ['test/journeys/**', 'test/chaos/**', 'test/kubernetes/**'],
    beside: [
      'test/{activities,api,bin,domain,schema,tools}/**',
      'test/{adapters/postgres,cli,console,telemetry,workers,workflows}/**',
    ],
    shareMs: 28 * minutes,
  },
  { name: 'kubernetes', files: 'test/kubernetes/**/*.test.ts', but: [], needs: clusterComponents, shareMs: 12 * minutes },
  { name: 'journeys', files: 'test/journeys/**/*.test.ts', but: [], shareMs: 30 * minutes },
  { name: 'chaos', files: 'test/chaos/**/*.test.ts', but: [], shareMs: 16 * minutes },
]

/** The test files of a suite by lane, sorted, as paths from `root`. */
export async function lanesOf(root: string, { files, but, beside }: Suite): Promise<readonly (readonly string[])[]> {
  const found = (await Array.fromAsync(glob(files, { cwd: root, exclude: [...but] }))).sort()
  const patterns = beside ?? []
  const laneOf = (file: string): number => 1 + patterns.findIndex((pattern) => matchesGlob(file, pattern))
  return [null, ...patterns].map((_, lane) => found.filter((file) => laneOf(file) === lane))
}
