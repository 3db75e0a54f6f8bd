/** Whether the API knows the user. Each answer updates it, and the page shows the sign-in while the API does not. */
import { useSyncExternalStore } from 'react'

export interface Stranger {
  /** Why a link did not sign the user in; null when no link was followed. */
  readonly link: string | null
  /** The user was signed in earlier on this page. */
  readonly wasKnown: boolean
}

/** Null: the API knows the user, or was not asked yet. */
let stranger: Stranger | null = null
let wasKnown = false
const listeners = new Set<() => void>()

function tell(now: Stranger | null): void {
  stranger = now
  for (const listener of listeners) listener()
}

/** The API answered a signed-in user. */
export function tellKnown(): void {
  wasKnown = true
  if (stranger !== null) tell(null)
}

/** The API answered 401. The reason why a link was refused stays: later answers know of no link. */
export function tellStranger(): void {
  if (stranger === null) tell({ link: null, wasKnown })
}

/** @param why the API's reason */
export const tellRefusedLink = (why: string): void => tell({ link: why, wasKnown: false })

export const useStranger = (): Stranger | null =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => stranger,
  )
