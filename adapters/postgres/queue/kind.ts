/** What each kind of work hands to the queue: its rules, and its writes into its own tables. The queue imports no kind. */
import type { QueueRules } from '../../../domain/queue/kinds.ts'
import type { Turn } from '../../../domain/queue/turn.ts'
import type { Sql } from '../database/database.ts'
import type { Lease } from './lease.ts'

/** Every function runs in the queue's transaction, under the lock of the turn's resource. */
export interface QueueKind {
  readonly rules: QueueRules
  /** The ordinal of what is stable at the turn's resource. Null: nothing is. */
  settled(tx: Sql, turn: Turn): Promise<number | null>
  /** Writes the end of a turn whose workflow is lost and that left nothing to undo. */
  lost(tx: Sql, turn: Turn): Promise<void>
  /**
   * Writes the end of an open turn whose workflow is lost, and queues the turn that recovers the resource. Returns the workflow of the new
   * turn, which the queue opens at once.
   */
  handOver(tx: Sql, turn: Turn): Promise<string>
}

/** What a workflow that asks for its turn writes into the tables of its kind. */
export interface Opening<Opened> {
  /** The turn has nothing left to do, and ends. */
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
