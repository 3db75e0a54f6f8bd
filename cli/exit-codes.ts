/** The exit codes of the command line, in one place. Scripts and CI depend on them. */
import type { ProblemCode } from '../domain/problem.ts'
import { isProblemCode, problemRow } from '../domain/problem.ts'
import type { RequestKind, ShownState } from '../domain/rollout/phase.ts'

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  conflict: 4,
  stillGoing: 5,
  unreachable: 6,
  needsPerson: 7,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Problems whose exit code does not follow from their HTTP status. */
const byCode: Partial<Record<ProblemCode, ExitCode>> = {
  'invalid-config': exitCodes.usage,
  'folder-unusable': exitCodes.failed,
}

const byStatus: Readonly<Record<number, ExitCode>> = {
  400: exitCodes.usage,
  401: exitCodes.notAllowed,
  403: exitCodes.notAllowed,
  404: exitCodes.conflict,
  405: exitCodes.usage,
  409: exitCodes.conflict,
  412: exitCodes.conflict,
  413: exitCodes.usage,
  415: exitCodes.usage,
  422: exitCodes.usage,
  429: exitCodes.unreachable,
  502: exitCodes.unreachable,
  503: exitCodes.unreachable,
  504: exitCodes.unreachable,
}

/** The exit code of a failure with a problem's code and, from the API, its status. */
export function exitOfProblem(code: string, status?: number): ExitCode {
  if (isProblemCode(code)) return byCode[code] ?? byStatus[problemRow(code).status] ?? exitCodes.failed
  return byStatus[status ?? 500] ?? exitCodes.failed
}

/** `end` follows to the outcome; `settled` also stops where a person is needed. */
export type WaitMode = 'end' | 'settled'

/** The awaited end counts as success: an abort is no failure for the person who requested it. */
export type Awaited = 'start' | 'revert' | RequestKind

const doneBy: Partial<Record<Awaited, readonly ShownState[]>> = {
  abort: ['aborted', 'rolled-back'],
  revert: ['rolled-back', 'aborted'],
  'accept-as-is': ['aborted', 'succeeded'],
  'retry-revert': ['rolled-back', 'aborted'],
}

export interface Progress {
  readonly state: string
  readonly phase: string | null
}

/** The exit code once the wait is over, else null. */
export function exitOfState({ state, phase }: Progress, mode: WaitMode, awaited: Awaited): ExitCode | null {
  // A pause is done once the release is paused. To wait for the end of a paused release would never finish.
  if (awaited === 'pause' && state === 'paused') return exitCodes.done
  if (isEnded(state)) return (doneBy[awaited] ?? ['succeeded']).includes(state as ShownState) ? exitCodes.done : exitCodes.failed
  if (state === 'needs-operator') return exitCodes.needsPerson
  if (mode === 'settled' && needsPerson({ state, phase })) return exitCodes.needsPerson
  return null
}

const ends: readonly string[] = ['succeeded', 'rolled-back', 'aborted', 'superseded', 'rejected'] satisfies ShownState[]

export const isEnded = (state: string): boolean => ends.includes(state)

/** Held, paused and gated wait for a person; a release in the queue waits for another release. */
export const needsPerson = ({ state, phase }: Progress): boolean =>
  ['held', 'paused', 'needs-operator'].includes(state) || phase === 'gated'
