/** The verdicts of an analysis, and the reasons of a rollout. */

/** `over`: the time of a watch or a wait has ended. `dead`: a version without a healthy replica. */
export const verdictKinds = ['fail', 'both-bad', 'split-broken', 'pass', 'inconclusive', 'idle', 'blind', 'over', 'dead'] as const
export type VerdictKind = (typeof verdictKinds)[number]

/** A version that did not get ready, and where. Its output says more. */
export interface Unready {
  readonly service: string
  readonly environment: string
  readonly version: string
}

/** Why a rollout is held, reverts or has ended, for machines. */
export const reasonCodes = [
  'fail',
  'both-bad',
  'split-broken',
  'inconclusive',
  'blind',
  'dead',
  'aborted',
  'superseded',
  'cancelled',
  'lost',
  'max-hold',
  'smoke-failed',
  'hook-failed',
  'progress-deadline',
  'cannot-start',
  'step-failed',
  'revert-failed',
  'nothing-to-do',
  'promoted-without-proof',
  'watch-cut-short',
  'accepted-as-is',
  'twin-reverted',
] as const

export interface Reason {
  readonly code: (typeof reasonCodes)[number]
  /** For people. */
  readonly detail: string
  /** The remedy, where the failure named one. */
  readonly hint?: string
  /** Present where this version is the cause. */
  readonly unready?: Unready
}
