/** A kind of work that Holdfast does not have: backups of databases, whose restores go first. The queue knows nothing of them. */
import type { QueueKind } from '../../../../adapters/postgres/queue/kind.ts'
import type { Run } from '../../../../adapters/postgres/queue/lease.ts'
import { queueing } from '../../../../adapters/postgres/queue/turns.ts'
import type { Database, Sql } from '../../../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import type { QueueRules } from '../../../../domain/queue/kinds.ts'
import { resourceKey } from '../../../../domain/queue/resource.ts'
import type { Turn } from '../../../../domain/queue/turn.ts'
import { testDatabase } from '../../../stack/postgres.ts'

export const resource = resourceKey('database', 'x')

/** A lost backup is only closed. A lost restore is done again by a new workflow. */
export const rules = {
  restore: { rank: 0, isSuperseded: () => false, whenLost: 'hand-over' },
  backup: { rank: 5, isSuperseded: (ordinal, settled) => settled !== null && settled >= ordinal, whenLost: 'close' },
} as const satisfies Record<string, QueueRules>

export type Kind = keyof typeof rules

export const workflowOf = (kind: Kind, ordinal: number): string => `${kind}/x/${ordinal}`

export const run = (kind: Kind, ordinal: number, runId = 'run-1'): Run => ({ workflowId: workflowOf(kind, ordinal), runId })

/** The projection of backups and restores has its own table. */
export const jobTable = `create table job (workflow_id text primary key references turn (workflow_id), bytes integer not null default 0, outcome text)`

export async function openJobs(): Promise<Database & AsyncDisposable> {
  const db = createDatabase({ url: await testDatabase(), applicationName: 'test' })
  await db.query(jobTable)
  return { ...db, [Symbol.asyncDispose]: () => db.close() }
}

export async function enqueue(tx: Sql, kind: Kind, ordinal: number, subject = workflowOf(kind, ordinal)): Promise<string> {
  const workflowId = workflowOf(kind, ordinal)
  const { rank } = rules[kind]
  const turn = { workflowId, resource, kind, subjectKind: kind, subject, rank, ordinal }
  const queued = await queueing(tx, turn).selectFrom('queued').select('workflow_id').execute()
  if (queued.length > 0) await tx.query('insert into job (workflow_id) values ($1)', [workflowId])
  return workflowId
}

export const writeOutcome = async (tx: Sql, { workflowId }: Turn, outcome: string): Promise<void> => {
  await tx.query('update job set outcome = $2 where workflow_id = $1', [workflowId, outcome])
}

const kindOf = (kind: Kind): QueueKind => ({
  rules: rules[kind],
  async settled(tx, turn) {
    const [row] = await tx.query<{ settled: number | null }>(
      `select max(ordinal) as settled from turn join job using (workflow_id) where resource = $1 and outcome = 'succeeded'`,
      [turn.resource],
    )
    return row?.settled ?? null
  },
  lost: (tx, turn) => writeOutcome(tx, turn, 'lost'),
  async handOver(tx, turn) {
    await writeOutcome(tx, turn, 'handed-over')
    return enqueue(tx, 'restore', turn.ordinal + 100)
  },
})

export const jobKinds = { restore: kindOf('restore'), backup: kindOf('backup') } satisfies Record<Kind, QueueKind>

export const outcomeOfJob = async (db: Sql, workflowId: string): Promise<string | null | undefined> =>
  (await db.query<{ outcome: string | null }>('select outcome from job where workflow_id = $1', [workflowId]))[0]?.outcome
