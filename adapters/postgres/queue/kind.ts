/** What the queue is handed of each kind of work: its rules, and what it writes into its own tables. The queue imports no kind. */
import type { QueueRules } from '../../../domain/queue/kinds.ts'
import type { Turn } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/pool.ts'
import type { Lease } from './lease.ts'

/** Every function runs in the queue's transaction, while it holds the lock of the turn's resource. */
export interface QueueKind {
  readonly rules: QueueRules
  /** The ordinal of what came to the turn's resource for good; null: nothing did. */
  settled(tx: Sql, turn: Turn): Promise<number | null>
  /** Writes the end of a turn whose workflow is lost and that leaves nothing to undo. */
  lost(tx: Sql, turn: Turn): Promise<void>
  /**
   * Writes the end of an open turn whose workflow is lost, and queues the turn that gets its resource back. Answers that one's workflow; the
   * queue opens it at once.
   */
  handOver(tx: Sql, turn: Turn): Promise<string>
}

/** What the workflow that asks for a turn writes into its kind's tables. */
export interface Opening<Opened> {
  /** The turn has nothing to bring any more, and ends. */
  superseded(tx: Sql, turn: Turn): Promise<void>
  /** What the turn starts from, under its new token. */
  open(tx: Sql, lease: Lease): Promise<Opened>
}

export type QueueKinds = Readonly<Record<string, QueueKind>>

export function kindOf(kinds: QueueKinds, name: string): QueueKind {
  const kind = kinds[name]
  if (!kind) throw new Error(`no kind of work is called ${name}`)
  return kind
}
