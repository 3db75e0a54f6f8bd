/** Lends working copies to commands outside of the runtime, and removes them when they are returned or their time is over. */
import { randomUUID } from 'node:crypto'
import type { User } from '../adapters/process/users.ts'
import { startTimer } from '../adapters/timer.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import type { ServiceUsers } from './service-users.ts'
import type { Store } from './store.ts'

export interface Lent {
  readonly id: string
  readonly folder: string
  /** The user that the command must run as; null: the borrower's own. */
  readonly user: User | null
}

export interface LentCopies {
  /** @throws Problem target-unavailable */
  lend(ref: EnvironmentRef, artifact: string, forMs: number): Promise<Lent>
  /** Does nothing for a copy that is not lent. */
  giveBack(id: string): Promise<void>
}

/** Added to the time of the command, so that the command is ended before its copy is removed. */
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
