/** The command line's composition root: reads the environment, runs what was typed, and ends with an exit code that scripts can trust. */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { createClient } from './client.ts'
import { commands } from './commands/table.ts'
import type { CliContext, Run, Typed } from './context.ts'
import { Interrupted } from './context.ts'
import { readCredential } from './credentials.ts'
import { exitCodes } from './exit-codes.ts'
import { ApiProblem } from './api-problem.ts'
import { createProgram, endsWell, normalArgv } from './program.ts'
import { showFailure } from './problem-text.ts'
import { readCliSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'
import { createTerminal } from './terminal.ts'

const version = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** Runs one command line. Answers its exit code; never throws. */
async function main(argv: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const color = env.NO_COLOR ? 'never' : env.FORCE_COLOR && env.FORCE_COLOR !== '0' ? 'always' : 'auto'
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, color })
  const typedCommands: { readonly run: Run; readonly typed: Typed }[] = []
  const onCommand = (run: Run, typed: Typed): number => typedCommands.push({ run, typed })
  try {
    createProgram({ commands, version, terminal, onCommand }).parse(normalArgv(argv), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return endsWell(error) ? exitCodes.done : exitCodes.usage
    return showFailure(terminal, error)
  }
  const [command] = typedCommands
  return command ? perform(command.run, command.typed, terminal, env, signal) : exitCodes.usage
}

async function perform(run: Run, typed: Typed, terminal: Terminal, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  try {
    const settings = readCliSettings(env)
    const token = async (): Promise<string | null> =>
      settings.token ?? (await readCredential(settings.credentialsFile, settings.url))
    const client = createClient({ url: settings.url, token })
    const context: CliContext = { settings, client, terminal, stdin: process.stdin, cwd: process.cwd(), signal }
    return (await run(context, typed)) ?? exitCodes.done
  } catch (error) {
    if (signal.aborted || error instanceof Interrupted) {
      terminal.note('interrupted; what was asked for goes on')
      return exitCodes.interrupted
    }
    if (typed.flags.json === true && error instanceof ApiProblem) terminal.write(`${error.raw.trimEnd()}\n`)
    return showFailure(terminal, error)
  }
}

/** At once, with the cursor given back that a live view may have taken. */
function leave(exit: number): never {
  if (process.stdout.isTTY) process.stdout.write('\x1b[?25h')
  process.exit(exit)
}

const interrupt = new AbortController()
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for anything.
  if (interrupt.signal.aborted) leave(exitCodes.interrupted)
  interrupt.abort(new Interrupted())
})
process.on('SIGTERM', () => leave(143))
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed),
)
process.exitCode = await main(process.argv.slice(2), process.env, interrupt.signal)
