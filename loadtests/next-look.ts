/**
 * How long a canary gets no look after its analysis worker is killed (SIGKILL) and started again, as an orchestrator would do. The time
 * from the kill to the next look includes the worker's start.
 */
import { rolloutWorkflowId } from '../domain/identity.ts'
import { endAll } from '../test/stack/at-end.ts'
import type { Rig } from '../test/stack/rig.ts'
import { quickService, startRig } from '../test/stack/rig.ts'
import { until } from '../test/stack/until.ts'
import type { Bench } from './bench.ts'
import { quantile } from './quantile.ts'

const rounds = 20
const promisedMs = 3_000
const ann = { kind: 'person', id: 'ann' } as const
const ref = { service: 'next-look-bench', environment: 'production' }

export const bench: Bench = {
  name: 'next-look',
  title: 'SIGKILL of the analysis worker to the next look at its canary',
  async run() {
    try {
      await using rig = await startRig()
      await rig.declare(
        quickService(ref.service, {
          kind: 'canary',
          steps: [{ weight: 10, bake: { minMs: 900_000, maxMs: 1_200_000 }, gate: null }],
          progressDeadlineMs: 15_000,
          scaleDownDelayMs: 0,
        }),
      )
      await rig.outcome(await rig.release(ref.service, '1.0.0'))
      const tookMs: number[] = []
      for (let round = 0; round < rounds; round++) tookMs.push(await killOnce(rig, `1.1.${round}`))
      const rows = [['next look', rounds, ...[0.5, 0.95, 1].map((share) => Math.round(quantile(tookMs, share))), promisedMs]]
      const columns = ['', 'times', 'p50 ms', 'p95 ms', 'max ms', 'promised ms']
      return { title: this.title, columns, rows, json: { tookMs, promisedMs } }
    } finally {
      await endAll()
    }
  },
}

/** Each kill gets a new canary, because Temporal notices later kills of the same canary sooner. */
async function killOnce(rig: Rig, version: string): Promise<number> {
  const release = await rig.release(ref.service, version)
  const workflowId = rolloutWorkflowId(ref, release)
  await lookAfter(rig, workflowId, 0)
  await rig.workers.kill('analysis')
  const killedAtMs = Date.now()
  await rig.workers.start('analysis')
  const tookMs = (await lookAfter(rig, workflowId, killedAtMs)) - killedAtMs
  await rig.control.request(workflowId, { kind: 'abort', actor: ann, reason: null }, `abort-${version}`)
  await rig.outcome(release)
  return tookMs
}

/** Instant of the first look after `sinceMs`. Looks are stored in groups, up to 5 s later. */
const lookAfter = (rig: Rig, workflowId: string, sinceMs: number): Promise<number> =>
  until('a look at the canary', async () => {
    const [row] = await rig.db.query<{ at: string | null }>(
      'select min(at_ms) as at from look where workflow_id = $1 and at_ms > $2',
      [workflowId, sinceMs],
    )
    return row?.at ? Number(row.at) : undefined
  })
