/** Whether a request waits because this client was rate limited. The request sets it, and the page shows it. */
import { useSyncExternalStore } from 'react'

/** Instants (epoch) at which the waiting requests are sent again. */
const waiting = new Map<symbol, number>()
const listeners = new Set<() => void>()
let soonestMs: number | null = null

function tell(): void {
  soonestMs = waiting.size === 0 ? null : Math.min(...waiting.values())
  for (const listener of listeners) listener()
}

/** Resolves after `ms`. Meanwhile the page says that a request waits. */
export async function waitOut(ms: number): Promise<void> {
  const one = Symbol('request')
  waiting.set(one, Date.now() + ms)
  tell()
  await new Promise((resolve) => setTimeout(resolve, ms))
  waiting.delete(one)
  tell()
}

/** When the first waiting request is sent again (epoch); null when none waits. */
export const useWaiting = (): number | null =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => soonestMs,
  )
