/** The analysis of a rollout as a row, written by compare-and-set on its epoch: a new attempt fences the one before it. */
import type { Asked } from '../../../domain/queue/turn.ts'
import { systemActor } from '../../../domain/actor.ts'
import type { Happened, Held } from '../queue/held.ts'
import type { ActInput } from '../../../domain/rollout/act.ts'
import { eventsOf } from '../queue/held.ts'
import { appendEvents } from '../events/events.ts'
import type { Database, Sql } from '../database/pool.ts'
import { jsonOf } from '../database/storable.ts'
import { Problem } from '../../../domain/problem.ts'

/** What is kept between looks. `State` is the domain's; it is JSON. */
export interface StoredAnalysis<State> {
  readonly epoch: number
  readonly state: State | null
}

export interface LookToKeep {
  readonly atMs: number
  readonly row: unknown
}

export interface Analyses {
  /**
   * Takes the next epoch and answers what was kept. From here on an older attempt's writes are refused, and so is one that begins late.
   * @throws Problem stale-turn when a newer act of the rollout has been here
   */
  begin<State>(held: Held): Promise<StoredAnalysis<State>>
  /** Keeps state, status and looks; answers what is asked of the rollout. @throws Problem stale-epoch */
  keep(workflowId: string, epoch: number, state: unknown, status: unknown, looks: readonly LookToKeep[]): Promise<Asked | null>
  /** The verdict with its evidence, once per (turn, step), with its event, be it beside another act. @throws Problem stale-epoch */
  conclude(
    held: Held,
    input: ActInput,
    epoch: number,
    verdict: { kind: string; detail: string; evidence: unknown },
    isBeside?: boolean,
  ): Promise<void>
  /** Events of what was seen, beside any act: each once, by its key. @throws Problem stale-epoch */
  tell(held: Held, epoch: number, seen: readonly (Happened & { readonly key: string })[]): Promise<void>
  /** Drops looks of a rollout that are not in `keepAtMs` and older than `beforeMs`. */
  thin(workflowId: string, beforeMs: number, keepAtMs: readonly number[]): Promise<void>
  looks(workflowId: string): Promise<readonly LookToKeep[]>
}

export const createAnalyses = (db: Database): Analyses => ({
  begin: <State>({ turn: { workflowId }, fence }: Held) =>
    db.transaction(async (tx) => {
      // Held until the epoch is taken: else what was left behind could take it after the act that is under way, and end that one's analysis.
      const [current] = await tx.query(
        `select 1 from turn where workflow_id = $1 and coalesce(number, 0) = $2 and step <= $3 and state <> 'over' for share`,
        [workflowId, fence.turn, fence.step],
      )
      if (!current) throw new Problem('stale-turn', `a newer act of ${workflowId} has been here`)
      const [row] = await tx.query<{ epoch: number; state: State | null }>(
        `insert into analysis (workflow_id, epoch) values ($1, 1)
         on conflict (workflow_id) do update set epoch = analysis.epoch + 1 returning epoch, state`,
        [workflowId],
      )
      if (!row) throw new Error('an upsert answers a row')
      return row
    }),

  keep: (workflowId, epoch, state, status, looks) =>
    db.transaction(async (tx) => {
      await compareAndSet(tx, workflowId, epoch, state, status)
      for (const { atMs, row } of looks) {
        await tx.query('insert into look (workflow_id, at_ms, row) values ($1, $2, $3) on conflict do nothing', [
          workflowId,
          atMs,
          jsonOf(row),
        ])
      }
      const [turn] = await tx.query<{ asked: Asked | null }>('select asked from turn where workflow_id = $1', [workflowId])
      return turn?.asked ?? null
    }, 'transaction.keep'),

  tell: ({ turn, fence }, epoch, seen) =>
    db.transaction(async (tx) => {
      await lockEpoch(tx, turn.workflowId, epoch)
      const where = { place: turn.place, workflowId: turn.workflowId, turn: fence.turn, step: fence.step }
      const [at, actor] = [new Date(), systemActor(turn.kind)]
      const events = seen.map(({ key, kind, data }) => ({
        key: `${turn.workflowId}#${key}`,
        kind,
        actor,
        at,
        data: { ...data, ...where },
      }))
      await appendEvents(tx, turn.subject, events)
    }),

  conclude: (held, input, epoch, { kind, detail, evidence }, isBeside = false) =>
    db.transaction(async (tx) => {
      const { turn, fence } = held
      await lockEpoch(tx, turn.workflowId, epoch)
      await tx.query(
        'insert into verdict (key, workflow_id, move, kind, evidence) values ($1, $2, $3, $4, $5) on conflict do nothing',
        [`${turn.workflowId}#${fence.turn}.${fence.step}`, turn.workflowId, input.move, kind, jsonOf(evidence)],
      )
      const happened = { kind: 'verdict', data: { verdict: kind, detail, weight: turn.weight }, isBeside }
      await appendEvents(tx, turn.subject, eventsOf(held, { drafts: [], step: fence.step }, happened))
    }, 'transaction.conclude'),

  async thin(workflowId, beforeMs, keepAtMs) {
    await db.query('delete from look where workflow_id = $1 and at_ms < $2 and not (at_ms = any($3::bigint[]))', [
      workflowId,
      beforeMs,
      keepAtMs,
    ])
  },

  async looks(workflowId) {
    const rows = await db.query<{ at_ms: string; row: unknown }>(
      'select at_ms, row from look where workflow_id = $1 order by at_ms',
      [workflowId],
    )
    return rows.map(({ at_ms, row }) => ({ atMs: Number(at_ms), row }))
  },
})

async function lockEpoch(tx: Sql, workflowId: string, epoch: number): Promise<void> {
  const rows = await tx.query('select 1 from analysis where workflow_id = $1 and epoch = $2 for update', [workflowId, epoch])
  if (rows.length === 0) throw stale(workflowId)
}

async function compareAndSet(tx: Sql, workflowId: string, epoch: number, state: unknown, status: unknown): Promise<void> {
  const rows = await tx.query(
    `update analysis set look = look + 1, state = $3, status = $4, updated_at = now() where workflow_id = $1 and epoch = $2 returning epoch`,
    [workflowId, epoch, jsonOf(state), jsonOf(status)],
  )
  if (rows.length === 0) throw stale(workflowId)
}

const stale = (workflowId: string): Problem => new Problem('stale-epoch', `a newer attempt analyses ${workflowId}`)
