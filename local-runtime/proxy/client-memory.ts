/**
 * What is remembered of the errors of sticky clients: as long as a release, or what comes between two. A client that comes back has a
 * place, one that was made by this very request needs none, for its draw is as new as itself: so who keeps no cookie can fill nothing. When
 * all places are taken nobody is forgotten, lest one failing client be counted again and again: others that come back are not counted.
 */

import type { Enrolled } from './client-roll.ts'
import { newlyEnrolled } from './client-roll.ts'

/** Bad answers of one kind in a row are one: what a client has been counted for, and how many good ones it owes until it counts again. */
export interface Hold {
  left: number
  /** Twice as long each time, so that what one client can count to grows with the logarithm of what it asks. */
  run: number
}

export interface Judged extends Enrolled {
  readonly id: string
  /** At its very first request. */
  isNew: boolean
  /** In which it last counted as one at risk. */
  second: number
  /** By kind of bad answer. */
  readonly holds: Map<string, Hold>
}

export interface ClientMemory {
  /** What was remembered of another release is forgotten. */
  enter(release: string | undefined): void
  /** Null: all places are taken. @param isNew made by this request */
  find(id: string, isNew: boolean): Judged | null
  /** A client was counted as bad: it is known when it comes back. */
  keep(client: Judged): void
}

/** Some 22 MB for a service, 53 MB where each of them fails by three kinds. */
export const clientCapacity = 65_536

export function createClientMemory(capacity = clientCapacity): ClientMemory {
  const known = new Map<string, Judged>()
  /** Those that were bad at their first request: the oldest are forgotten, and may be counted once more. */
  const newcomers = new Map<string, Judged>()
  let entered: string | undefined
  return {
    enter(release) {
      if (release === entered) return
      entered = release
      // They come back as new ones, and would be there twice.
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
