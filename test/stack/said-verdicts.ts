/**
 * A rollout at 10 % in the database of an API, whose analysis has one verdict after the other. The rows are written as the worker writes
 * them.
 */
import { createAnalyses } from '../../adapters/postgres/analysis/analyses.ts'
import type { Database } from '../../adapters/postgres/database/database.ts'
import { createRolloutLedger } from '../../adapters/postgres/rollouts/rollout-ledger.ts'
import type { VerdictKind } from '../../domain/rollout/reason.ts'
import type { SaidInLife } from '../domain/analysis/every-verdict.ts'
import { saidInLife } from '../domain/analysis/every-verdict.ts'
import { input, queueIn } from './queue.ts'

export interface Speaker {
  /** Id of the release. */
  readonly id: string
  /** Writes the verdict with evidence, status and looks, and resolves with them. */
  say(kind: VerdictKind): Promise<SaidInLife>
}

export async function speakerIn(db: Database): Promise<Speaker> {
  const { accept } = await queueIn(db)
  const { workflowId, release: id } = await accept(1)
  const run = { workflowId, runId: 'run-1' }
  const ledger = createRolloutLedger(db, async () => run.runId)
  const analyses = createAnalyses(db)
  await ledger.take(run, input(1), 2)
  let step = 1
  return {
    id,
    async say(kind) {
      step += 1
      const baking = { ...input(step), phase: 'baking' } as const
      const lease = await ledger.verifyLease(run, step)
      await ledger.record(lease, { input: baking, event: null, weight: 10 })
      const { epoch } = await analyses.begin(lease)
      const said = saidInLife(kind)
      // Looks are identified by their instant.
      const looks = said.rows.map((row) => ({ atMs: step * 1_000_000 + row.atMs, row }))
      await analyses.keep(workflowId, epoch, said.kept, said.status, looks)
      await analyses.conclude(await ledger.verifyLease(run, step), baking, epoch, said.verdict)
      return said
    },
  }
}
