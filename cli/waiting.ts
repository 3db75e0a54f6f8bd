/** Whether and how long a command waits: its flags, and the default of the environment. */
import type { SubjectKind } from '../domain/subject.ts'
import { Problem } from '../domain/problem.ts'
import type { CliContext, Typed } from './context.ts'
import { isJson } from './context.ts'
import type { Awaited, ExitCode, WaitMode } from './exit-codes.ts'
import { exitCodes } from './exit-codes.ts'
import { follow, followHint } from './follow.ts'
import { parseDuration } from './view/duration.ts'

const ciTimeoutMs = 3_600_000

export interface Waiting {
  /** Null when the command does not wait. */
  readonly mode: WaitMode | null
  readonly timeoutMs: number | null
}

/** With CI set, the default is `--wait=settled` for one hour. @throws Problem invalid-input */
export function waitingOf({ flags }: Typed, ci: boolean): Waiting {
  const { wait, timeout } = flags
  const timeoutMs = typeof timeout === 'string' ? parseDuration(timeout) : ci ? ciTimeoutMs : null
  if (wait === undefined) return { mode: ci ? 'settled' : null, timeoutMs }
  if (wait === false) return { mode: null, timeoutMs }
  if (wait !== 'end' && wait !== 'settled')
    throw new Problem('invalid-input', `'${typeof wait === 'string' ? wait : ''}' is not a way to wait`, {
      hint: "'--wait' follows to the end, '--wait=settled' also stops where a person is needed",
    })
  return { mode: wait, timeoutMs }
}

export interface Started {
  readonly noun: SubjectKind
  readonly id: string
  readonly self: string
  readonly events: string
  /** The number of its newest event before a request was sent. */
  readonly afterSeq?: number
  /** The API's answer, unchanged. */
  readonly text: string
}

/** Waits if the flags say so. Otherwise prints what was started and how to follow it. */
export async function waitOrTell(
  context: CliContext,
  typed: Typed,
  started: Started,
  awaited: Awaited,
  message: string,
): Promise<ExitCode> {
  const { mode, timeoutMs } = waitingOf(typed, context.settings.ci)
  const json = isJson(typed)
  const { text, ...followed } = started
  if (mode !== null) return follow(context, { ...followed, mode, awaited, timeoutMs, json: json ? 'end' : null })
  const { terminal } = context
  if (json) terminal.write(text.endsWith('\n') ? text : `${text}\n`)
  else {
    terminal.line(message)
    if (terminal.live) terminal.note(`${terminal.paintNote('dim', 'follow it:')} ${followHint(followed)}`)
  }
  return exitCodes.done
}
