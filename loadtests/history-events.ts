/**
 * How many history events a release takes: a canary with 10 and 50 %, promotion and watch in one environment, release and rollout
 * together. Bakes of different length run at the same time. The number of looks grows with the bake, and the number of events must not.
 */
import { releaseWorkflowId, rolloutWorkflowId } from '../domain/identity.ts'
import type { Strategy } from '../domain/plan/service.ts'
import { endAll } from '../test/stack/at-end.ts'
import type { Rig } from '../test/stack/rig.ts'
import { quickService, startRig } from '../test/stack/rig.ts'
import { letUsersIn } from '../test/stack/users.ts'
import type { BenchResult } from './bench.ts'

const promised = 80
/** The most time that two releases take besides the bakes. */
const otherwiseMs = 600_000

interface Counted {
  readonly bakeMs: number
  readonly release: number
  readonly rollout: number
  readonly looks: number
}

/** Releases a canary for each of `bakesMs` at the same time, under `rps` requests a second each, and counts events and looks. */
export async function countHistories(title: string, bakesMs: readonly number[], rps: number): Promise<BenchResult> {
  try {
    await using rig = await startRig()
    const counted = await Promise.all(bakesMs.map((bakeMs) => count(rig, bakeMs, rps)))
    const rows = counted.map(({ bakeMs, release, rollout, looks }) => [
      `2 x ${bakeMs / 1_000}`,
      looks,
      release,
      rollout,
      release + rollout,
      promised,
    ])
    const columns = ['bakes s', 'looks', 'release', 'rollout', 'together', 'at most']
    return { title, columns, rows, json: { counted, promised } }
  } finally {
    await endAll()
  }
}

const canary = (bakeMs: number): Strategy => ({
  kind: 'canary',
  steps: [10, 50].map((weight) => ({ weight, bake: { minMs: bakeMs, maxMs: bakeMs + 240_000 }, gate: null })),
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
})

/** Releases 1.1.0 after 1.0.0 under traffic, and counts its history events in Temporal. */
async function count(rig: Rig, bakeMs: number, rps: number): Promise<Counted> {
  const service = `history-${bakeMs / 1_000}`
  const ref = { service, environment: 'production' }
  const declared = quickService(service, canary(bakeMs))
  // With this objective a few requests show that it is good, so only the declared bake decides how long it bakes.
  await rig.declare({ ...declared, objective: { ...declared.objective, errors: 0.2 } })
  await ended(rig, await rig.release(service, '1.0.0'), otherwiseMs)
  const { url } = await rig.runtime.client.traffic(ref)
  await using users = letUsersIn(url, rps, { forMs: otherwiseMs + 2 * bakeMs })
  const id = await rig.release(service, '1.1.0')
  await ended(rig, id, otherwiseMs + 2 * bakeMs)
  await users.report()
  const workflowId = rolloutWorkflowId(ref, id)
  const [row] = await rig.db.query<{ looks: number }>('select count(*)::int as looks from look where workflow_id = $1', [
    workflowId,
  ])
  const [release, rollout] = [await eventsOf(rig, releaseWorkflowId(service, id)), await eventsOf(rig, workflowId)]
  return { bakeMs, release, rollout, looks: row?.looks ?? 0 }
}

async function ended(rig: Rig, id: string, withinMs: number): Promise<void> {
  const outcome = await rig.outcome(id, withinMs)
  if (outcome !== 'succeeded') throw new Error(`${id} ended ${outcome}`)
}

/** Waits for the closed workflow: its row may say that it is over a moment before. */
async function eventsOf({ client }: Rig, workflowId: string): Promise<number> {
  const handle = client.workflow.getHandle(workflowId)
  await handle.result()
  return (await handle.fetchHistory()).events?.length ?? 0
}
