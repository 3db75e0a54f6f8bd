/** Whether a request waits because this client asks too often: told where it waits, and seen by whoever waits for it. */
import { useSyncExternalStore } from 'react'

/** Instants (epoch) at which what waits is sent again. */
const waiting = new Map<symbol, number>()
const listeners = new Set<() => void>()
let soonestMs: number | null = null

function tell(): void {
  soonestMs = waiting.size === 0 ? null : Math.min(...waiting.values())
  for (const listener of listeners) listener()
}

/** Resolves after `ms`. What is waited for is said meanwhile. */
export async function waitOut(ms: number): Promise<void> {
  const one = Symbol('request')
  waiting.set(one, Date.now() + ms)
  tell()
  await new Promise((resolve) => setTimeout(resolve, ms))
  waiting.delete(one)
  tell()
}

/** When the first of what waits is sent again (epoch); null: nothing waits. */
export const useWaiting = (): number | null =>
  useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => soonestMs,
  )
