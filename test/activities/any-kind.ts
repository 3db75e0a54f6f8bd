/**
 * Runs steps of kinds of work that Holdfast does not have, in the frame: a backup, which has the turn of a database, and a decision, which
 * needs no turn. As a process of its own it does one step, and may end itself at a crash point.
 */
import type { QueryCreator } from 'kysely'
import { createCrashPoint } from '../../adapters/crash-point.ts'
import type { Database, Sql } from '../../adapters/postgres/database/database.ts'
import { createDatabase } from '../../adapters/postgres/database/database.ts'
import type { Tables } from '../../adapters/postgres/database/tables.ts'
import type { Run } from '../../adapters/postgres/queue/lease.ts'
import type { Ledger, Projection } from '../../adapters/postgres/queue/ledger.ts'
import { createLedger } from '../../adapters/postgres/queue/ledger.ts'
import type { Work, WorkProjection } from '../../adapters/postgres/queue/turnless-ledger.ts'
import { createTurnlessLedger } from '../../adapters/postgres/queue/turnless-ledger.ts'
import { readTurn } from '../../adapters/postgres/queue/turns.ts'
import { inFrame } from '../../activities/frame.ts'
import type { NewEvent } from '../../domain/events/event.ts'
import { Problem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { stepKey } from '../../domain/queue/fencing-token.ts'
import type { Turn } from '../../domain/queue/turn.ts'

export type WorkKind = 'backup' | 'decision'

/** A decision's projection; a backup's is the table `job`. The outer world refuses late changes and counts its calls. */
export const tables = `
  create table decision (workflow_id text primary key, run_id text, step integer not null default 0, value integer not null default 0,
    is_over boolean not null default false);
  create table outer_world (id text primary key, token integer not null default 0, step integer not null default 0, asked integer not null default 0)`

export interface Step {
  readonly kind: WorkKind
  readonly run: Run
  readonly step: number
  /** The run that Temporal would report as current. */
  readonly current: string
}

/** The subject that both write events of. */
export const subject = 'shop-1'

/** A step writes its number, so a test can see that a repeat changes nothing. */
type Change = { readonly step: number }

const eventsOf = ({ fencingToken }: { readonly fencingToken: FencingToken }): NewEvent[] => {
  const actor = { kind: 'system', id: 'test' } as const
  return [{ key: stepKey(fencingToken), kind: 'abort-requested', actor, at: new Date(), where: null, data: { reason: null } }]
}

type WithJobs = QueryCreator<
  Tables & { job: { workflow_id: string; bytes: number }; fenced: { workflow_id: string; pending: null } }
>

const jobs: Projection<Turn, Change> = {
  read: readTurn,
  write: (fenced, _lease, { step }) =>
    (fenced as unknown as WithJobs)
      .updateTable('job')
      .from('fenced')
      .set({ bytes: step })
      .whereRef('job.workflow_id', '=', 'fenced.workflow_id')
      .returning('fenced.pending')
      .executeTakeFirst(),
  eventsOf,
}

interface Decision extends Work {
  readonly isOver: boolean
}

const decisions: WorkProjection<Decision, Change> = {
  async read(db, workflowId) {
    const [row] = await db.query<{ runId: string | null; isOver: boolean }>(
      'select run_id as "runId", is_over as "isOver" from decision where workflow_id = $1',
      [workflowId],
    )
    return row && { subject: { kind: 'decision', id: subject }, ...row }
  },
  async write(tx, { work, run, fencingToken }, { step }) {
    const rows = await tx.query(
      `update decision set run_id = $2, step = $3, value = $4
       where workflow_id = $1 and step <= $3 and run_id is not distinct from $5 and not is_over returning 1`,
      [run.workflowId, run.runId, fencingToken.step, step, work.runId],
    )
    return rows.length > 0
  },
  eventsOf,
}

/** Does one step. Resolves with `done`, or with `over` if another step ended the work. @throws Problem stale-token */
export function doStep(db: Database, { kind, run, step, current }: Step, meanwhile = async () => {}): Promise<string> {
  const currentRun = async () => current
  const world = (fencingToken: FencingToken) => askWorld(db, kind, fencingToken).then(meanwhile)
  const turnOver = ({ turn }: { readonly turn: Turn }) => turn.state === 'over'
  return kind === 'backup'
    ? framed(createLedger(db, jobs, currentRun), { run, step }, turnOver, world)
    : framed(createTurnlessLedger(db, decisions, currentRun), { run, step }, ({ work }) => work.isOver, world)
}

const framed = <Lease extends { readonly fencingToken: FencingToken }>(
  ledger: Ledger<Lease, Change>,
  { run, step }: Pick<Step, 'run' | 'step'>,
  isOver: (lease: Lease) => boolean,
  world: (fencingToken: FencingToken) => Promise<void>,
): Promise<string> =>
  inFrame<Lease, Change, string>({
    ledger,
    run,
    step,
    over: (lease) => (isOver(lease) ? 'over' : null),
    instead: () => null,
    before: () => null,
    async effect({ fencingToken }) {
      await world(fencingToken)
      return { change: { step }, result: () => 'done' }
    },
  })

/** Accepts a repeat, and checks the fencing token atomically with the change. */
async function askWorld(db: Sql, id: string, { token, step }: FencingToken): Promise<void> {
  const rows = await db.query(
    `insert into outer_world as w (id, token, step, asked) values ($1, $2, $3, 1)
     on conflict (id) do update set token = $2, step = $3, asked = w.asked + 1 where (w.token, w.step) <= ($2, $3) returning 1`,
    [id, token, step],
  )
  if (rows.length === 0) throw new Problem('stale-token', 'something newer has been here')
}

if (import.meta.main) {
  const [url = '', point = '', marker = '', step = '{}'] = process.argv.slice(2)
  const db = createDatabase({ url, applicationName: 'step', around: createCrashPoint(point, marker) })
  console.log(await doStep(db, JSON.parse(step) as Step))
  await db.close()
}
