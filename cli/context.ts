/** The context of a command: the API, the terminal, the settings, and the signal of Ctrl-C. */
import type { Readable } from 'node:stream'
import type { Client } from './client.ts'
import type { ExitCode } from './exit-codes.ts'
import type { CliSettings } from './settings.ts'
import type { Terminal } from './terminal.ts'

export interface CliContext {
  readonly settings: CliSettings
  readonly client: Client
  readonly terminal: Terminal
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** The folder that relative paths start from. */
  readonly cwd: string
  /** Aborted with `Interrupted` by Ctrl-C. */
  readonly signal: AbortSignal
}

/** The typed words: arguments by name, and flags in camelCase. */
export interface Typed {
  readonly args: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, unknown>>
}

/** Returns the exit code; nothing means done. */
export type Run = (context: CliContext, typed: Typed) => Promise<ExitCode | void>

/** The reason of the signal after Ctrl-C. What the API has accepted continues. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

export const flagText = (typed: Typed, name: string): string | undefined => {
  const value = typed.flags[name]
  return typeof value === 'string' ? value : undefined
}

export const isJson = (typed: Typed): boolean => typed.flags.json === true

/** A required argument, whose presence commander has checked. */
export const argument = (typed: Typed, name: string): string => typed.args[name] ?? ''
