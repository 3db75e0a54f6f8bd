/** The phases of a rollout, what is shown for each, and which requests a person may make in it. */
import type { Actor } from '../actor.ts'
import { Problem } from '../problem.ts'

export const requestKinds = [
  'pause',
  'resume',
  'promote',
  'promote-fully',
  'abort',
  'extend',
  'retry-revert',
  'accept-as-is',
] as const
export type RequestKind = (typeof requestKinds)[number]

/** What a person, or the queue on a person's behalf, asks of a rollout. */
export interface Request {
  readonly kind: RequestKind
  readonly actor: Actor
  readonly reason: string | null
  /** For `extend`. */
  readonly byMs?: number
  /** Why the queue asks: this release makes room for another. */
  readonly because?: 'superseded' | 'cut-short' | 'cancelled'
}

/** Which requests are legal in which phase. Any other request is refused with `wrong-phase`, and this row is the hint. */
const legal = {
  queued: ['abort'],
  starting: ['pause', 'abort'],
  shifting: ['pause', 'abort'],
  baking: ['pause', 'promote', 'promote-fully', 'extend', 'abort'],
  gated: ['promote', 'promote-fully', 'abort'],
  paused: ['resume', 'promote', 'promote-fully', 'abort'],
  held: ['promote', 'promote-fully', 'extend', 'abort'],
  promoting: ['abort'],
  watching: ['promote', 'abort'],
  'removing-old': [],
  reverting: [],
  'needs-operator': ['retry-revert', 'accept-as-is'],
  ended: [],
} as const satisfies Record<string, readonly RequestKind[]>

export type Phase = keyof typeof legal
export const outcomes = ['succeeded', 'rolled-back', 'aborted', 'superseded', 'rejected'] as const
export type Outcome = (typeof outcomes)[number]
/** The outcome of what is over: `aborted` where none is known, because nothing was released. */
export const outcomeOfOver = (outcome: Outcome | null): Outcome => outcome ?? 'aborted'
export type ShownState = 'accepted' | 'waiting' | 'progressing' | 'paused' | 'held' | 'watching' | 'needs-operator' | Outcome

const shown = {
  queued: 'waiting',
  starting: 'progressing',
  shifting: 'progressing',
  baking: 'progressing',
  gated: 'waiting',
  paused: 'paused',
  held: 'held',
  promoting: 'progressing',
  watching: 'watching',
  'removing-old': 'watching',
  reverting: 'progressing',
  'needs-operator': 'needs-operator',
} as const satisfies Record<Exclude<Phase, 'ended'>, ShownState>

/** What a rollout waits for in a phase, in words. Null: it moves by itself. */
export const waitsIn: Readonly<Record<Phase, string | null>> = {
  queued: 'its turn',
  starting: 'the version to get ready',
  shifting: null,
  baking: 'the analysis of this step',
  gated: 'a person to promote it',
  paused: 'a person to resume it',
  held: 'a person to decide',
  promoting: null,
  watching: 'the end of the watch',
  'removing-old': null,
  reverting: null,
  'needs-operator': 'an operator: the revert failed',
  ended: null,
}

/** Phases that only a person or a deadline ends. */
export const waitsForPerson: readonly Phase[] = ['gated', 'paused', 'held', 'needs-operator']

export const phases = Object.keys(legal) as readonly Phase[]

export const legalRequests = (phase: Phase): readonly RequestKind[] => legal[phase]

export const isLegal = (phase: Phase, kind: RequestKind): boolean => legalRequests(phase).includes(kind)

/** The state people see for a phase; an ended rollout shows its outcome. */
export const shownState = (phase: Phase, outcome: Outcome | null): ShownState =>
  phase === 'ended' ? (outcome ?? 'succeeded') : shown[phase]

/** @throws Problem wrong-phase with the legal moves */
export function assertLegal(phase: Phase, kind: RequestKind): void {
  if (isLegal(phase, kind)) return
  const moves = legalRequests(phase)
  const hint = moves.length > 0 ? `legal now: ${moves.join(', ')}` : 'no request is legal now'
  throw new Problem('wrong-phase', `cannot ${kind} while ${phase}`, { hint, more: { phase, legal: moves } })
}
