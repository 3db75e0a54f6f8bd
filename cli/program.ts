/** Builds a commander program from the table of commands. Wrong usage ends in an error before anything is sent. */
import type { CommanderError } from 'commander'
import { Argument, Command, Option } from 'commander'
import type { Flag } from '../schema/verb.ts'
import type { CliCommand } from './command.ts'
import { camel } from './commands/request.ts'
import type { Run, Typed } from './context.ts'
import type { Terminal } from './terminal.ts'
import { usageFault } from './usage-text.ts'

export interface ProgramOptions {
  readonly commands: readonly CliCommand[]
  readonly version: string
  readonly terminal: Terminal
  /** Called with the command and its words. */
  readonly onCommand: (run: Run, typed: Typed) => unknown
}

/** What the words that group commands stand for. */
const groups: Readonly<Record<string, string>> = {
  service: 'services, as their owners declare them',
  environment: 'environments of a service',
  release: 'releases of a version through the environments',
  key: 'API keys with their scopes and expiry',
  demo: 'releases of the demo service that comes with npm start',
}

const footer = `
Exit codes: 0 done · 1 failed or reverted · 2 wrong usage · 3 not allowed · 4 not found or conflict
            5 still running after --timeout · 6 not reachable · 7 a person must act · 130 interrupted
The API's address is HOLDFAST_URL, its key HOLDFAST_TOKEN (or the file HOLDFAST_TOKEN_FILE) or what 'holdfast login' stored.`

export function createProgram({ commands, version, terminal, onCommand }: ProgramOptions): Command {
  const program = dressed(new Command('holdfast'), terminal)
    .description('Releases that can always get back.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', footer)
  const parents = new Map<string, Command>([['', program]])
  for (const row of commands) {
    const parent = parentOf(row.command, parents, terminal)
    const command = dressed(parent.command(row.command.at(-1) ?? ''), terminal)
      .summary(lower(row.summary))
      .description(`${row.summary}.`)
    // A command may have further ones below it: `rollback` and `rollback show`.
    parents.set(row.command.join(' '), command)
    for (const { name, required, summary, choices } of row.args) {
      const argument = new Argument(required ? `<${name}>` : `[${name}]`, summary)
      command.addArgument(choices ? argument.choices(choices) : argument)
    }
    for (const flag of row.flags) command.addOption(optionOf(flag))
    command.action(() => {
      assertNeeded(command, row)
      onCommand(row.run, typedIn(row, command))
    })
  }
  return program
}

/** Writes a bare `--wait` as `--wait=end`, because commander would take the next word for its value. */
export const normalArgv = (argv: readonly string[]): string[] => {
  const end = argv.indexOf('--')
  return argv.map((word, i) => (word === '--wait' && (end < 0 || i < end) ? '--wait=end' : word))
}

/** Help and version end well. Every other error of commander is wrong usage. */
export const endsWell = (error: CommanderError): boolean =>
  error.code === 'commander.helpDisplayed' || error.code === 'commander.version' || error.exitCode === 0

function dressed(command: Command, { note, write, paint, paintNote, columns }: Terminal): Command {
  return command
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureHelp({
      helpWidth: Math.min(columns(), 110),
      styleTitle: (text) => paint('bold', text),
      styleCommandText: (text) => paint('cyan', text),
      styleSubcommandTerm: (text) => paint('cyan', text),
      styleOptionTerm: (text) => paint('cyan', text),
      styleArgumentTerm: (text) => paint('cyan', text),
    })
    .configureOutput({
      writeOut: write,
      writeErr: (text) => note(text.trimEnd()),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      outputError: (text, writeErr) => writeErr(usageText(text, command, paintNote)),
    })
}

/** `error: ...`, then `hint: ...`, as for every failure. */
function usageText(text: string, command: Command, paint: Terminal['paintNote']): string {
  const { message, meant } = usageFault(text)
  const hint = meant === null ? `'${fullName(command)} --help' shows what it takes` : `did you mean '${meant}'?`
  return `${paint(['bold', 'red'], 'error:')} ${message}\n${paint(['bold', 'cyan'], 'hint:')} ${hint}`
}

const fullName = (command: Command): string => (command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name())

function parentOf(words: readonly string[], parents: Map<string, Command>, terminal: Terminal): Command {
  const path = words.slice(0, -1).join(' ')
  const known = parents.get(path)
  if (known) return known
  const name = words.at(-2) ?? ''
  const created = dressed(parentOf(words.slice(0, -1), parents, terminal).command(name), terminal).description(groups[name] ?? '')
  parents.set(path, created)
  return created
}

/** Replaces commander's own check, which would require the flags of `rollback` for `rollback show` too. */
function assertNeeded(command: Command, { flags }: CliCommand): void {
  const missing = flags.find(({ name, required }) => required === true && command.getOptionValue(camel(name)) === undefined)
  if (missing) command.error(`error: required option '${optionOf(missing).flags}' not specified`)
}

function optionOf({ name, short, value, summary }: Flag): Option {
  const shape = value === undefined ? '' : value.startsWith('[') ? ` ${value}` : ` <${value}>`
  return new Option(`${short ? `-${short}, ` : ''}--${name}${shape}`, summary)
}

function typedIn(row: CliCommand, command: Command): Typed {
  const args = Object.fromEntries(row.args.map(({ name }, i) => [name, command.args[i]]))
  const flags: Record<string, unknown> = {}
  // Takes only typed values, not commander's own defaults (`wait: true` beside `--no-wait`).
  for (const [name, value] of Object.entries(command.opts()))
    if (command.getOptionValueSource(name) === 'cli') flags[camel(name)] = value
  return { args, flags }
}

const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`
