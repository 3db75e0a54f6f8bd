/** Runs one command line: parses its words, performs the command with the settings of the environment, and prints every failure. */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import type { Variables } from '../adapters/config.ts'
import { createClient } from './client.ts'
import { commands } from './commands/table.ts'
import type { CliContext, Run, Typed } from './context.ts'
import { Interrupted, isJson } from './context.ts'
import { readCredential } from './credentials.ts'
import { exitCodes } from './exit-codes.ts'
import { ApiProblem } from './api-problem.ts'
import { createProgram, endsWell, normalArgv } from './program.ts'
import { problemJson, showFailure } from './problem-text.ts'
import { colorOf, readCliSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { createTerminal } from './terminal.ts'

const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version

const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

/** Whether the text is a problem document, not a proxy's page. */
const isDocument = (text: string): boolean => text.trimStart().startsWith('{')

/** Returns the exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], env: Variables, signal: AbortSignal): Promise<number> {
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, color: colorOf(env) })
  const typedCommands: { readonly run: Run; readonly typed: Typed }[] = []
  const onCommand = (run: Run, typed: Typed): number => typedCommands.push({ run, typed })
  try {
    createProgram({ commands, version, terminal, onCommand }).parse(normalArgv(argv), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && endsWell(error)) return exitCodes.done
    if (wantsJson(argv)) terminal.line(problemJson(error))
    // Commander has already printed wrong usage.
    return error instanceof CommanderError ? exitCodes.usage : showFailure(terminal, error)
  }
  const [command] = typedCommands
  return command ? perform(command.run, command.typed, terminal, env, signal) : exitCodes.usage
}

async function perform(run: Run, typed: Typed, terminal: Terminal, env: Variables, signal: AbortSignal): Promise<number> {
  try {
    const settings = readCliSettings(env)
    const token = async (): Promise<string | null> =>
      settings.token ?? (await readCredential(settings.credentialsFile, settings.url))
    const client = createClient({ url: settings.url, token })
    const context: CliContext = { settings, client, terminal, stdin: process.stdin, cwd: process.cwd(), signal }
    return (await run(context, typed)) ?? exitCodes.done
  } catch (error) {
    if (signal.aborted || error instanceof Interrupted) {
      terminal.note('interrupted; what the API has accepted continues')
      return exitCodes.interrupted
    }
    if (isJson(typed))
      terminal.line(error instanceof ApiProblem && isDocument(error.raw) ? error.raw.trimEnd() : problemJson(error))
    return showFailure(terminal, error)
  }
}
