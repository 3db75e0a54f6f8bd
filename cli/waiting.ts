/** The flags that say whether and how long a command waits, and what the environment makes of their absence. */
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
  /** Null: do not wait. */
  readonly mode: WaitMode | null
  readonly timeoutMs: number | null
}

/** With CI set: `--wait=settled` and one hour, unless said otherwise. @throws Problem invalid-input */
export function waitingOf({ flags }: Typed, ci: boolean): Waiting {
  const { wait, timeout } = flags
  const timeoutMs = typeof timeout === 'string' ? parseDuration(timeout) : ci ? ciTimeoutMs : null
  if (wait === undefined) return { mode: ci ? 'settled' : null, timeoutMs }
  if (wait === false) return { mode: null, timeoutMs }
  if (wait !== 'end' && wait !== 'settled')
    throw new Problem('invalid-input', `'${typeof wait === 'string' ? wait : ''}' is no way to wait`, {
      hint: "'--wait' follows to the end, '--wait=settled' also stops where a person is needed",
    })
  return { mode: wait, timeoutMs }
}

export interface Started {
  readonly noun: SubjectKind
  readonly id: string
  readonly self: string
  readonly events: string
  /** Where its events had come to before it was asked for something. */
  readonly afterSeq?: number
  /** What the API answered, as it came. */
  readonly text: string
}

/** Waits when asked to; else says what was started and how to follow it. */
export async function waitOrTell(
  context: CliContext,
  typed: Typed,
  started: Started,
  awaited: Awaited,
  told: string,
): Promise<ExitCode> {
  const { mode, timeoutMs } = waitingOf(typed, context.settings.ci)
  const json = isJson(typed)
  const { text, ...followed } = started
  if (mode !== null) return follow(context, { ...followed, mode, awaited, timeoutMs, json: json ? 'end' : null })
  const { terminal } = context
  if (json) terminal.write(text.endsWith('\n') ? text : `${text}\n`)
  else {
    terminal.line(told)
    if (terminal.live) terminal.note(`${terminal.paintNote('dim', 'follow it:')} ${followHint(followed)}`)
  }
  return exitCodes.done
}
