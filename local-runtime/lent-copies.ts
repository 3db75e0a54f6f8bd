/** Working copies lent to commands that run outside of the runtime, and taken back when they are returned or their time is over. */
import { randomUUID } from 'node:crypto'
import { startTimer } from '../adapters/timer.ts'
import type { Store } from './store.ts'

export interface LentCopies {
  /** @throws Problem target-unavailable */
  lend(artifact: string, forMs: number): Promise<{ readonly id: string; readonly folder: string }>
  /** One that is not lent is returned. */
  giveBack(id: string): Promise<void>
}

/** Beyond the time of its command: that is ended first. */
const graceMs = 60_000

export function createLentCopies(store: Pick<Store, 'copyOut'>): LentCopies {
  const lent = new Map<string, () => Promise<void>>()
  const giveBack = async (id: string) => {
    const remove = lent.get(id)
    lent.delete(id)
    await remove?.()
  }
  return {
    async lend(artifact, forMs) {
      const id = randomUUID()
      const copy = await store.copyOut(artifact, `lent-${id}`)
      const timer = startTimer(forMs + graceMs, () => void giveBack(id), { idle: true })
      lent.set(id, () => {
        timer.cancel()
        return copy.remove()
      })
      return { id, folder: copy.folder }
    },
    giveBack,
  }
}
