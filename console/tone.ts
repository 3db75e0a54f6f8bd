/** Which colour a state or a reason has. Red says that something was shown to be bad; what was only not shown to be good is amber. */

import type { Reason } from '../domain/rollout/reason.ts'

type Codes = readonly Reason['code'][]

/** Ends and holds of a version that nothing bad was shown of. */
const undecided: Codes = [
  'inconclusive',
  'both-bad',
  'split-broken',
  'blind',
  'max-hold',
  'lost',
  'twin-went-back',
  'promoted-without-proof',
]
export const isUndecided = (code = ''): boolean => (undecided as readonly string[]).includes(code)

/** What somebody wanted is no failure. */
const wanted: Codes = ['aborted', 'cancelled', 'superseded', 'accepted-as-is', 'nothing-to-do', 'watch-cut-short']
export const isWanted = (code = ''): boolean => (wanted as readonly string[]).includes(code)

const looks: Readonly<Record<string, string>> = {
  succeeded: 'good',
  'rolled-back': 'bad',
  rejected: 'bad',
  'needs-operator': 'bad',
  held: 'warn',
  paused: 'warn',
  waiting: 'warn',
  aborted: 'calm',
  superseded: 'calm',
}

/** @param reason its code, where there is one */
export const lookOf = (state: string, reason?: string): string =>
  state === 'rolled-back' && isUndecided(reason) ? 'warn' : (looks[state] ?? 'live')

/** Of the frame round a reason. */
export const reasonLook = (code: string): string => (isWanted(code) ? 'wanted' : isUndecided(code) ? 'undecided' : '')
