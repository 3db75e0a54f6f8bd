/**
 * How many history events a release costs: canary 10, 50, promotion and watch in one environment, release and rollout together. Bakes of
 * different length run at the same time: the number of looks grows with a bake, the number of events must not.
 */
import { releaseWorkflowId, rolloutWorkflowId } from '../domain/identity.ts'
import type { Strategy } from '../domain/service.ts'
import { openLoop } from '../ops/traffic/load.ts'
import { endAll } from '../test/stack/at-end.ts'
import type { Rig } from '../test/stack/rig.ts'
import { quickService, startRig } from '../test/stack/rig.ts'
import type { Bench } from './bench.ts'

const bakesMs = [10_000, 60_000]
const promised = 100

interface Counted {
  readonly bakeMs: number
  readonly release: number
  readonly rollout: number
  readonly looks: number
}

export const bench: Bench = {
  name: 'history',
  title: 'history events of a canary 10, 50, promotion, watch in one environment',
  async run() {
    try {
      await using rig = await startRig()
      const counted = await Promise.all(bakesMs.map((bakeMs) => count(rig, bakeMs)))
      const rows = counted.map(({ bakeMs, release, rollout, looks }) => [
        `2 x ${bakeMs / 1_000}`,
        looks,
        release,
        rollout,
        release + rollout,
        promised,
      ])
      const columns = ['bakes s', 'looks', 'release', 'rollout', 'together', 'at most']
      return { title: this.title, columns, rows, json: { counted, promised } }
    } finally {
      await endAll()
    }
  },
}

const canary = (bakeMs: number): Strategy => ({
  kind: 'canary',
  steps: [10, 50].map((weight) => ({ weight, bake: { minMs: bakeMs, maxMs: bakeMs + 240_000 }, gate: null })),
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
})

/** Brings 1.1.0 out after 1.0.0, under traffic, and counts what Temporal keeps of it. */
async function count(rig: Rig, bakeMs: number): Promise<Counted> {
  const service = `history-${bakeMs / 1_000}`
  const place = { service, environment: 'production' }
  const declared = quickService(service, canary(bakeMs))
  // Few requests prove it good: how long it bakes is up to the declared bake alone.
  await rig.declare({ ...declared, objective: { ...declared.objective, errors: 0.2 } })
  await ended(rig, await rig.release(service, '1.0.0'))
  const { url } = await rig.runtime.client.traffic(place)
  const ending = new AbortController()
  const load = openLoop({ url, rps: 100, forMs: 600_000, signal: ending.signal, timeoutMs: 3_000 })
  const id = await rig.release(service, '1.1.0')
  await ended(rig, id)
  ending.abort()
  await load
  const workflowId = rolloutWorkflowId(place, id)
  const [row] = await rig.db.query<{ looks: number }>('select count(*)::int as looks from look where workflow_id = $1', [
    workflowId,
  ])
  const [release, rollout] = [await eventsOf(rig, releaseWorkflowId(service, id)), await eventsOf(rig, workflowId)]
  return { bakeMs, release, rollout, looks: row?.looks ?? 0 }
}

async function ended(rig: Rig, id: string): Promise<void> {
  const outcome = await rig.outcome(id, 600_000)
  if (outcome !== 'succeeded') throw new Error(`${id} ended ${outcome}`)
}

/** Of the closed workflow: its row may be over a moment before it is. */
async function eventsOf({ client }: Rig, workflowId: string): Promise<number> {
  const handle = client.workflow.getHandle(workflowId)
  await handle.result()
  return (await handle.fetchHistory()).events?.length ?? 0
}
