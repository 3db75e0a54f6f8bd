/** Which colour a state or a reason has. Red says that something was shown to be bad; what was only not shown to be good is amber. */

import { isUndecided, isWanted } from '../domain/events/sentence.ts'

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
