/** A command of the command line: the words that name it, its arguments and flags, and what it does. */
import type { Argument, Flag } from '../schema/verb.ts'
import type { Run } from './context.ts'

export interface CliArgument extends Argument {
  readonly choices?: readonly string[]
}

export interface CliCommand {
  /** The words after `holdfast`. */
  readonly command: readonly string[]
  readonly args: readonly CliArgument[]
  readonly flags: readonly Flag[]
  readonly summary: string
  readonly run: Run
}
