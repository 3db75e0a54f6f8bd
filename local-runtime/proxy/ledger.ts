/** How a proxy's requests ended, over all revisions. Each request that has a replica ends in exactly one way. */
import type { RefusedStatus } from './answers.ts'

export const endings = ['answered', 'failed', 'timed-out', 'abandoned'] as const
export type Ending = (typeof endings)[number]

export interface Ledger {
  drawn(): void
  ended(how: Ending): void
  /** The proxy refused it before it drew a revision, because the request itself is at fault. */
  refused(status: RefusedStatus): void
  read(): LedgerEntry
}

export interface LedgerEntry {
  readonly drawn: number
  readonly ended: Readonly<Record<Ending, number>>
  readonly refused: Readonly<Record<string, number>>
}

export function createLedger(): Ledger {
  let drawn = 0
  const ended: Record<Ending, number> = { answered: 0, failed: 0, 'timed-out': 0, abandoned: 0 }
  const refused: Record<string, number> = {}
  return {
    drawn: () => void drawn++,
    ended: (how) => void ended[how]++,
    refused: (status) => void (refused[status] = (refused[status] ?? 0) + 1),
    read: () => ({ drawn, ended: { ...ended }, refused: { ...refused } }),
  }
}
