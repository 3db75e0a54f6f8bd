/** A state as a badge: its word, never its colour alone. */

const looks: Readonly<Record<string, string>> = {
  succeeded: 'good',
  'rolled-back': 'bad',
  aborted: 'bad',
  rejected: 'bad',
  'needs-operator': 'bad',
  held: 'warn',
  paused: 'warn',
  waiting: 'warn',
  superseded: 'calm',
}

export const State = ({ state }: { readonly state: string }) => <span className={`badge ${looks[state] ?? 'live'}`}>{state}</span>
