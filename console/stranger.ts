/** Whether the API knows who is asking: told by each of its answers, and seen by the page that shows the sign-in instead of itself. */
import { useSyncExternalStore } from 'react'

/** What the API said last to somebody it does not know; null: it knows who asks. */
let said: string | null = null
const listeners = new Set<() => void>()

/** @param why null when an answer was one for somebody who is known */
export function tellStranger(why: string | null): void {
  if (said === why) return
  said = why
  for (const listener of listeners) listener()
}

export const useStranger = (): string | null =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => said,
  )
