/** Failures for people: what happened, where in the input, and what to do. They contain no stack and no key. */
import { CommanderError } from 'commander'
import type { ProblemCode } from '../domain/problem.ts'
import { isProblemCode, Problem, problemRow } from '../domain/problem.ts'
import { ApiProblem } from './api-problem.ts'
import type { ExitCode } from './exit-codes.ts'
import { exitCodes, exitOfProblem } from './exit-codes.ts'
import type { Terminal } from './terminal.ts'
import { plain } from './terminal.ts'
import { usageFault } from './usage-text.ts'

export interface Failure {
  readonly message: string
  readonly hint: string | null
  readonly faults: readonly { readonly pointer: string; readonly detail: string }[]
  readonly exit: ExitCode
}

/** The message and the exit code for an error. An unexpected error is reported as a bug. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiProblem) {
    const { document } = error
    return {
      message: error.status >= 500 && document.requestId ? `${error.message} (request ${document.requestId})` : error.message,
      // The API's hint about a missing key is for programs. People have a command for it.
      hint: error.status === 401 ? keyHint : (document.hint ?? hintOf(error)),
      faults: document.errors ?? [],
      exit: exitOfProblem(error.code, error.status),
    }
  }
  if (error instanceof Problem)
    return { message: error.message, hint: error.hint ?? null, faults: error.errors, exit: exitOfProblem(error.code) }
  if (error instanceof CommanderError)
    return { message: usageFault(error.message).message, hint: null, faults: [], exit: exitCodes.usage }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return {
    message: `unexpected: ${message}`,
    hint: 'this is a bug in the command line',
    faults: [],
    exit: exitCodes.failed,
  }
}

const keyHint = "'holdfast login' stores a key for this address; 'npm start' stores the first one"

function hintOf({ document }: ApiProblem): string | null {
  const legal = document.legal
  if (Array.isArray(legal) && legal.length > 0) return `legal now: ${legal.join(', ')}`
  return null
}

/** The failure as a problem document on one line, for `--json` when the API sent none. It has no HTTP status. */
export function problemJson(error: unknown): string {
  const { message: detail, hint, faults: errors } = failureOf(error)
  const code: ProblemCode =
    error instanceof Problem
      ? error.code
      : error instanceof ApiProblem && isProblemCode(error.code)
        ? error.code
        : error instanceof CommanderError
          ? 'invalid-input'
          : 'internal'
  return JSON.stringify({
    type: `/docs/problems#${code}`,
    title: problemRow(code).title,
    code,
    detail: plain(detail),
    ...(hint ? { hint } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  })
}

/** Writes a failure to stderr and returns its exit code. */
export function showFailure(terminal: Terminal, error: unknown): ExitCode {
  const { message, hint, faults, exit } = failureOf(error)
  terminal.note(`${terminal.paintNote(['bold', 'red'], 'error:')} ${plain(message)}`)
  for (const { pointer, detail } of unmentioned(faults, message))
    terminal.note(`  ${terminal.paintNote('yellow', plain(pointer || '/'))} ${plain(detail)}`)
  if (hint) terminal.note(`${terminal.paintNote(['bold', 'cyan'], 'hint:')} ${plain(hint)}`)
  return exit
}

/** The API's message repeats the first fault. If there is only one fault, it is not printed twice. */
const unmentioned = (faults: Failure['faults'], message: string): Failure['faults'] =>
  faults.length === 1 && faults.every(({ pointer, detail }) => message.endsWith(`${pointer} ${detail}`)) ? [] : faults
