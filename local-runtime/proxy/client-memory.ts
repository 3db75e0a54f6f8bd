/**
 * What the proxy remembers of the errors of sticky clients, for one release or the time between two. A client that returns gets a slot. A
 * client at its first request gets none, so clients that keep no cookie cannot fill the memory. When all slots are taken, no client is
 * forgotten, because a forgotten client that fails would be counted again and again. Further clients that return are not counted.
 */

import type { Enrolled } from './client-roll.ts'
import { newlyEnrolled } from './client-roll.ts'

/** Bad answers of one kind in a row count as one. After that the client counts again once it has had `left` good answers. */
export interface Hold {
  left: number
  /** Doubles each time, so that the errors of one client grow with the logarithm of its requests. */
  run: number
}

export interface Judged extends Enrolled {
  readonly id: string
  /** True at its very first request. */
  isNew: boolean
  /** The second in which it last counted as a client at risk. */
  second: number
  /** By kind of bad answer. */
  readonly holds: Map<string, Hold>
}

export interface ClientMemory {
  /** Forgets everything about another release. */
  enter(release: string | undefined): void
  /** Null when all slots are taken. @param isNew this is the client's first request */
  find(id: string, isNew: boolean): Judged | null
  /** Remembers a client that was counted as bad, so that it is known when it returns. */
  keep(client: Judged): void
}

/** Some 22 MB for a service, 53 MB where each client fails in three kinds. */
export const clientCapacity = 65_536

export function createClientMemory(capacity = clientCapacity): ClientMemory {
  const known = new Map<string, Judged>()
  /** Clients that were bad at their first request. The oldest are forgotten and may be counted once more. */
  const newcomers = new Map<string, Judged>()
  let entered: string | undefined
  return {
    enter(release) {
      if (release === entered) return
      entered = release
      // They return as new clients, and would be on the roll twice.
      for (const client of known.values()) client.roll?.strike(client)
      known.clear()
      newcomers.clear()
    },
    find(id, isNew) {
      const met = known.get(id)
      if (met) return met
      const client = newcomers.get(id) ?? { ...newlyEnrolled(), id, isNew, second: -1, holds: new Map() }
      if (isNew) return client
      if (known.size >= capacity) return null
      newcomers.delete(id)
      client.isNew = false
      known.set(id, client)
      return client
    },
    keep(client) {
      if (known.has(client.id)) return
      const [oldest] = newcomers.keys()
      if (newcomers.size >= capacity && oldest !== undefined) newcomers.delete(oldest)
      newcomers.set(client.id, client)
    },
  }
}
