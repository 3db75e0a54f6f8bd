/** What a command is given: the API, the terminal, the settings, and the signal that says the person wants out. */
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
  /** Folder that relative paths start from. */
  readonly cwd: string
  /** Aborted with `Interrupted` by Ctrl-C. */
  readonly signal: AbortSignal
}

/** What was typed: arguments by name, and flags in camelCase. */
export interface Typed {
  readonly args: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, unknown>>
}

/** Answers the exit code; nothing means done. */
export type Run = (context: CliContext, typed: Typed) => Promise<ExitCode | void>

/** Ctrl-C. What was asked of the API goes on there. */
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

/** An argument that commander has made sure of. */
export const argument = (typed: Typed, name: string): string => typed.args[name] ?? ''
