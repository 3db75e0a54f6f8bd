/** Mutates one file. Stryker changes a copy of it in one place at a time and runs the tests of the file's own room on each change. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
const timeoutMs = 30_000

/** Tests that take seconds because they simulate hours. The mutation run leaves them out, so the other tests of the room must suffice. */
const slow = ['test/domain/analysis/simulation.test.ts', 'test/domain/analysis/sticky-clients.test.ts']

/** Mutates `file`, a path from the root. The test of the same name runs first, then the others of the room, until one fails. */
export async function mutate(file: string, concurrency: number): Promise<FileResult> {
  const results = await new Stryker({
    mutate: [file],
    testRunner: 'command',
    commandRunner: { command: testCommand(file) },
    coverageAnalysis: 'off',
    concurrency,
    timeoutMS: timeoutMs,
    plugins: [],
    reporters: [],
    logLevel: 'error' as never,
    tempDirName: join('.holdfast', 'stryker'),
    // Stryker would rewrite tsconfig.json with an API that TypeScript 7 lacks. Node runs the sources without it.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    ignorePatterns: ['/*', ...['domain', 'schema', 'adapters', 'test', 'docs', 'package.json'].map((path) => `!/${path}`)],
    // Texts are left out: a message is for its reader, and the compiler checks codes and kinds.
    mutator: { excludedMutations: ['StringLiteral'] },
  }).runMutationTest()
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const counted = results.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError')
  const survivors = counted
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ location, replacement = '' }) => ({
      file,
      line: location.start.line,
      was: oneLine(textAt(lines, location)),
      became: oneLine(replacement),
    }))
  return { file, mutants: counted.length, killed: counted.length - survivors.length, survivors }
}

function testCommand(file: string): string {
  const own = `test/${file.replace(/\.ts$/, '.test.ts')}`
  const room = `test/${file.split('/').slice(0, -1).join('/')}`
  const [first, ignored] = [existsSync(join(root, own)) ? [own] : [], slow.map((path) => `--ignore ${path}`)]
  return [
    'node node_modules/mocha/bin/mocha.js --no-config --bail --reporter min --timeout 20000',
    ...ignored,
    ...first,
    `'${room}/**/*.test.ts'`,
  ].join(' ')
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
