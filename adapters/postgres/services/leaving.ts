/** Environments that leave: with their service, or out of its declaration. What is in flight to them, and what still has to be ended there. */
import { Problem } from '../../../domain/problem.ts'
import type { RolloutPlan } from '../../../domain/plan/plan.ts'
import type { Product } from '../../../domain/plan/service.ts'
import type { Sql } from '../database/pool.ts'
import { askTurn } from '../queue/turns.ts'

/** What may run in an environment that left, and the number that fences its end: nothing older can start it again. */
export interface Ending {
  readonly environment: string
  readonly turn: number
  readonly target: Product
  readonly traffic: Product
}

/** Workflows that were asked to go back, and want a signal; whose they are. */
export interface Stopping {
  readonly kind: 'stopping'
  readonly asked: readonly string[]
  readonly inFlight: readonly string[]
}

export interface LeavingRow {
  readonly name: string
  readonly place: string
  readonly isStable: boolean
}

/** Environments of a service that are not among `kept`, locked. Before the service's own row, as everywhere. */
export const lockLeaving = (tx: Sql, service: string, kept: readonly string[]): Promise<LeavingRow[]> =>
  tx.query<LeavingRow>(
    `select name, place, stable is not null as "isStable" from environment
     where service = $1 and not (name = any($2)) order by name for update`,
    [service, kept],
  )

/**
 * Answers null where these environments may leave; with `stop`, what has to go back before they can.
 * @throws Problem service-busy without `stop`, while something is on its way to them or runs there
 */
export async function mayLeave(
  tx: Sql,
  service: string,
  leaving: readonly LeavingRow[],
  stop: boolean,
): Promise<Stopping | null> {
  const turns = await turnsTo(tx, leaving)
  const inFlight = [...new Set(turns.map(({ subject }) => subject))]
  if (inFlight.length > 0 && !stop)
    throw new Problem('service-busy', `${service} has ${inFlight.join(', ')} in flight${whereTo(leaving)}`, {
      hint: "'--stop' takes it back first",
      more: { inFlight },
    })
  if (inFlight.length > 0) {
    const asked = turns.map((turn) => turn.workflow_id)
    for (const workflowId of asked) await askTurn(tx, workflowId, 'abort')
    return { kind: 'stopping', asked, inFlight }
  }
  const running = leaving.filter(({ isStable }) => isStable).map(({ name }) => name)
  if (running.length > 0 && !stop)
    throw new Problem('service-busy', `${service} still runs in ${running.join(', ')}`, {
      hint: "'--stop' ends it there",
      more: { running },
    })
  return null
}

const whereTo = (leaving: readonly LeavingRow[]): string =>
  leaving.length === 0 ? '' : ` to ${leaving.map(({ name }) => name).join(', ')}`

/** Turns at these places, and those of releases that have yet to come there. */
const turnsTo = (tx: Sql, leaving: readonly LeavingRow[]) =>
  tx.query<{ subject: string; workflow_id: string }>(
    `select t.subject, t.workflow_id from turn t where t.state <> 'over' and (t.place = any($1) or exists (
       select 1 from release r, jsonb_array_elements(r.plan->'rollouts') rollout
       where r.id = t.subject and r.ended_at is null
         and (rollout->'place'->>'service') || '/' || (rollout->'place'->>'environment') = any($1)
         and not r.reached ? (rollout->'place'->>'environment')))`,
    [leaving.map(({ place }) => place)],
  )

/** Takes the next number of each of these environments. Where nothing was ever brought out there is nothing to end. */
export async function fenceOff(tx: Sql, leaving: readonly LeavingRow[]): Promise<readonly Ending[]> {
  const rows = await tx.query<{ name: string; last_turn: number; plan: RolloutPlan | null }>(
    `update environment e set last_turn = last_turn + 1 where place = any($1) returning name, last_turn,
       (select t.plan from turn t where t.place = e.place order by t.id desc limit 1) as plan`,
    [leaving.map(({ place }) => place)],
  )
  return rows.flatMap(({ name, last_turn, plan }) =>
    plan ? [{ environment: name, turn: last_turn, target: plan.canary.target, traffic: plan.canary.traffic }] : [],
  )
}

/** What ran in these environments is no longer stable, unless something newer has come meanwhile. */
export async function clearStable(sql: Sql, service: string, endings: readonly Ending[]): Promise<void> {
  for (const { environment, turn } of endings)
    await sql.query(
      `update environment set stable = null, stable_release = null, stable_number = null, stable_since = null
       where service = $1 and name = $2 and last_turn = $3`,
      [service, environment, turn],
    )
}
