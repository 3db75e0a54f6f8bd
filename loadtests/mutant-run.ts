/** Mutation of one file: Stryker changes it in a copy, one environment at a time, and the tests of its own room judge each change. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stryker } from '@stryker-mutator/core'

export interface Mutant {
  readonly file: string
  readonly line: number
  /** Source text that was replaced, and what stood there instead: on one line. */
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

/** Tests that take seconds each because they simulate hours: the others of their room must do without them. */
const slow = ['test/domain/analysis/simulation.test.ts', 'test/domain/analysis/sticky-clients.test.ts']

/** Mutates `file`, a path from the root. The test that bears its name runs first, then the rest of its room, until one fails. */
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
    // Stryker would rewrite it with an API that TypeScript 7 does not have; Node runs the sources as they are.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    ignorePatterns: ['/*', ...['domain', 'schema', 'adapters', 'test', 'docs', 'package.json'].map((path) => `!/${path}`)],
    // The words of a message are for its reader; what codes and kinds say is held by the compiler.
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

/** Lines count from 1 here, and columns too. */
function textAt(lines: readonly string[], { start, end }: Span): string {
  const taken = lines.slice(start.line - 1, end.line)
  const last = taken.length - 1
  return taken.map((line, at) => line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined)).join('\n')
}

export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
