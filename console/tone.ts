/** Which colour a state or a reason has. Red means shown to be bad; amber means only not shown to be good. */

import { isUndecided, isWanted } from '../domain/events/sentence.ts'

const styles: Readonly<Record<string, string>> = {
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

/** @param reason code of the reason, if there is one */
export const styleOf = (state: string, reason?: string): string =>
  state === 'rolled-back' && isUndecided(reason) ? 'warn' : (styles[state] ?? 'live')

/** The style of the frame round a reason. */
export const reasonStyle = (code: string): string => (isWanted(code) ? 'wanted' : isUndecided(code) ? 'undecided' : '')
