/** Lends working copies to commands outside of the runtime, and takes them back when they are returned or their time is over. */
import { randomUUID } from 'node:crypto'
import type { User } from '../adapters/process/users.ts'
import { startTimer } from '../adapters/timer.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import type { ServiceUsers } from './service-users.ts'
import type { Store } from './store.ts'

export interface Lent {
  readonly id: string
  readonly folder: string
  /** Who is to run in it; null: whoever borrows it. */
  readonly user: User | null
}

export interface LentCopies {
  /** @throws Problem target-unavailable */
  lend(ref: EnvironmentRef, artifact: string, forMs: number): Promise<Lent>
  /** One that is not lent is returned. */
  giveBack(id: string): Promise<void>
}

/** Beyond the time of its command: that is ended first. */
const graceMs = 60_000

export function createLentCopies(store: Pick<Store, 'copyOut'>, users: ServiceUsers): LentCopies {
  const lent = new Map<string, () => Promise<void>>()
  const giveBack = async (id: string) => {
    const remove = lent.get(id)
    lent.delete(id)
    await remove?.()
  }
  return {
    async lend(ref, artifact, forMs) {
      const id = randomUUID()
      const copy = await store.copyOut(artifact, `lent-${id}`, users.of(ref))
      const timer = startTimer(forMs + graceMs, () => void giveBack(id), { idle: true })
      lent.set(id, () => {
        timer.cancel()
        return copy.remove()
      })
      return { id, folder: copy.folder, user: copy.user }
    },
    giveBack,
  }
}
