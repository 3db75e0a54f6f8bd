/** Whether the API knows who is asking: told by each of its answers, and seen by the page that shows the sign-in instead of itself. */
import { useSyncExternalStore } from 'react'

export interface Stranger {
  /** Why a link did not let them in; null where none was followed. */
  readonly link: string | null
  /** They were signed in when this page was opened. */
  readonly wasKnown: boolean
}

/** Null: the API knows who asks, as far as it was asked. */
let stranger: Stranger | null = null
let wasKnown = false
const listeners = new Set<() => void>()

function tell(now: Stranger | null): void {
  stranger = now
  for (const listener of listeners) listener()
}

/** An answer for somebody who is known. */
export function tellKnown(): void {
  wasKnown = true
  if (stranger !== null) tell(null)
}

/** An answer for somebody who is not. What a link was refused for stays said: the answers after it know of no link. */
export function tellStranger(): void {
  if (stranger === null) tell({ link: null, wasKnown })
}

/** @param why what the API said of the link */
export const tellRefusedLink = (why: string): void => tell({ link: why, wasKnown: false })

export const useStranger = (): Stranger | null =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => stranger,
  )
