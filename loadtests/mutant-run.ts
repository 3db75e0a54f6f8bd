/** Mutates the files of a room. Stryker changes a copy of them in one place at a time, and the room's own tests judge each change. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'

export interface Mutant {
  readonly file: string
  readonly line: number
  /** The replaced source text and its replacement, each on one line. */
  readonly was: string
  readonly became: string
}

export interface FileResult {
  readonly file: string
  readonly mutants: number
  readonly killed: number
  readonly survivors: readonly Mutant[]
}

const root = join(import.meta.dirname, '..')
/** Long, because a mutant that times out counts as killed. An endless loop ends sooner: Stryker counts how often it is reached. */
const timeoutMs = 90_000

/**
 * Tests that take seconds because they simulate hours, and one that measures time. The mutation run leaves them out, so the other tests of
 * the room must suffice.
 */
const slow = [
  ...['look-cost', 'pasts', 'simulation', 'sticky-clients'].map((name) => `test/domain/analysis/${name}.test.ts`),
  'test/schema/hostile-declaration.test.ts',
]

/**
 * Mutates `files` of one room; paths are from the root. The tests of the room are loaded once, and the tests that reach a mutant judge it.
 * @param isLoading true: also mutants that are reached only while the files load. All tests judge each, in a process of its own
 */
export async function mutate(
  room: string,
  files: readonly string[],
  concurrency: number,
  isLoading = false,
): Promise<readonly FileResult[]> {
  const results = await new Stryker({
    mutate: [...files],
    testRunner: 'mocha-of-mutants',
    mutantTests: testsOf(room),
    coverageAnalysis: 'perTest',
    ignoreStatic: !isLoading,
    concurrency,
    timeoutMS: timeoutMs,
    plugins: [join(import.meta.dirname, 'mutant-mocha.ts')],
    reporters: [],
    logLevel: 'error' as never,
    tempDirName: join('.holdfast', 'stryker'),
    // Stryker would rewrite tsconfig.json with an API that TypeScript 7 lacks. Node runs the sources without it.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    ignorePatterns: ['/.holdfast', '/console/dist'],
    // Texts are left out: a message is for its reader, and the compiler checks codes and kinds.
    mutator: { excludedMutations: ['StringLiteral'] },
  }).runMutationTest()
  const counted = results.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError')
  return files.map((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    const ofFile = counted.filter(({ fileName }) => relative(root, fileName) === file)
    const survivors = ofFile
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement = '' }) => ({
        file,
        line: location.start.line,
        was: oneLine(textAt(lines, location)),
        became: oneLine(replacement),
      }))
    return { file, mutants: ofFile.length, killed: ofFile.length - survivors.length, survivors }
  })
}

/** Tests of a room, by their paths from the root: Stryker runs them in a copy. */
function testsOf(room: string): readonly string[] {
  const names = readdirSync(join(root, 'test', room), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', room, name))
    .filter((path) => !slow.includes(path))
    .toSorted()
}

interface Span {
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
}

/** Stryker counts lines and columns from 1. */
function textAt(lines: readonly string[], { start, end }: Span): string {
  const taken = lines.slice(start.line - 1, end.line)
  const last = taken.length - 1
  return taken.map((line, at) => line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined)).join('\n')
}

export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
