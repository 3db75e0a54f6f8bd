/** What an analysis says, and why a rollout is where it is. */

/** What an analysis returned: `over` is a watch that ended well, `dead` a version without a healthy replica. */
export type VerdictKind = 'fail' | 'both-bad' | 'split-broken' | 'pass' | 'inconclusive' | 'idle' | 'blind' | 'over' | 'dead'

/** A version that did not get ready, and where: what it printed says more. */
export interface Unready {
  readonly service: string
  readonly environment: string
  readonly version: string
}

/** Why a rollout is held, goes back or ended: a code for machines, a sentence for people. */
export interface Reason {
  readonly code:
    | Exclude<VerdictKind, 'pass' | 'over' | 'idle'>
    | 'aborted'
    | 'superseded'
    | 'cancelled'
    | 'lost'
    | 'max-hold'
    | 'smoke-failed'
    | 'hook-failed'
    | 'progress-deadline'
    | 'cannot-start'
    | 'act-failed'
    | 'way-back-failed'
    | 'nothing-to-do'
    | 'promoted-without-proof'
    | 'watch-cut-short'
    | 'accepted-as-is'
    | 'twin-went-back'
  readonly detail: string
  /** The remedy, where whatever failed named one. */
  readonly hint?: string
  /** Present where it is because of this version. */
  readonly unready?: Unready
}
