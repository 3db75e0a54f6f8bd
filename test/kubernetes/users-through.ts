/** Users of a Service on the run's cluster. Their requests pass the API server, which draws one of its endpoints for each. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ControlPlane } from './control-plane.ts'

/** What a user got: the version that answered, else the status. */
type Got = string

export interface UsersThrough {
  one(): Promise<Got>
  /** Sends as many, one after the other. */
  last(requests: number): Promise<readonly Got[]>
  /** Sends requests at this rate until it is disposed of, which awaits those in flight. */
  begin(perSecond: number): Users
}

export interface Users extends AsyncDisposable {
  readonly counts: Readonly<Record<Got, number>>
  /** Statuses that are no version's answer. */
  failed(): readonly Got[]
}

export function usersThrough(plane: ControlPlane, path: string): UsersThrough {
  const one = async (): Promise<Got> => {
    const { status, body } = await plane.get(path)
    return status === 200 ? body : String(status)
  }
  return {
    one,
    async last(requests) {
      const got: Got[] = []
      while (got.length < requests) got.push(await one())
      return got
    },
    begin(perSecond) {
      const counts: Record<Got, number> = {}
      const ending = new AbortController()
      const inFlight = new Set<Promise<void>>()
      const send = async () => {
        const got = await one().catch((error: Error) => error.message)
        counts[got] = (counts[got] ?? 0) + 1
      }
      const sending = (async () => {
        while (!ending.signal.aborted) {
          const sent = send().finally(() => inFlight.delete(sent))
          inFlight.add(sent)
          await pause(1_000 / perSecond, undefined, { signal: ending.signal }).catch(() => {})
        }
      })()
      return {
        counts,
        failed: () => Object.keys(counts).filter((got) => !/^\d+\.\d+\.\d+$/.test(got)),
        async [Symbol.asyncDispose]() {
          ending.abort()
          await sending
          await Promise.all(inFlight)
        },
      }
    },
  }
}
