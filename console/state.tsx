/** A state as a badge: its word, never its colour alone. */
import { styleOf } from './tone.ts'

/** @param reason code of why it ended or is held: what is only undecided is not red */
export const State = ({ state, reason }: { readonly state: string; readonly reason?: string | undefined }) => (
  <span className={`badge ${styleOf(state, reason)}`}>{state.replaceAll('-', ' ')}</span>
)
