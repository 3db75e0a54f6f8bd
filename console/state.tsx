/** A state as a badge: a word with a colour, never a colour alone. */
import { styleOf } from './tone.ts'

/** @param reason code of the reason: an undecided end is not red */
export const State = ({ state, reason }: { readonly state: string; readonly reason?: string | undefined }) => (
  <span className={`badge ${styleOf(state, reason)}`}>{state.replaceAll('-', ' ')}</span>
)
