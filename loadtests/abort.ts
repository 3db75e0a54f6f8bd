/**
 * How long users still reach a canary after an abort: from the update that is sent until the runtime's effective weight is zero. It also
 * measures an abort right after the SIGKILL of one of two control workers. Both kinds alternate, so that they meet the same load.
 */
import { rolloutWorkflowId } from '../domain/identity.ts'
import type { Strategy } from '../domain/plan/service.ts'
import { endAll } from '../test/stack/at-end.ts'
import type { Rig } from '../test/stack/rig.ts'
import { quickService, startRig } from '../test/stack/rig.ts'
import { until } from '../test/stack/until.ts'
import type { Bench } from './bench.ts'
import { quantile } from './quantile.ts'

const rounds = 50
const killRounds = 20
const promise = { p99Ms: 1_000, afterKillMs: 3_000 }
const ref = { service: 'abort-bench', environment: 'production' }
const ann = { kind: 'person', id: 'ann' } as const

const longBake: Strategy = {
  kind: 'canary',
  steps: [{ weight: 10, bake: { minMs: 600_000, maxMs: 900_000 }, gate: null }],
  progressDeadlineMs: 15_000,
  scaleDownDelayMs: 0,
}

export const bench: Bench = {
  name: 'abort',
  title: 'abort to weight 0, from the update sent to the weight in effect',
  async run() {
    try {
      await using rig = await startRig()
      await rig.declare(quickService(ref.service, longBake))
      const first = await rig.outcome(await rig.release(ref.service, '1.0.0'))
      if (first !== 'succeeded') throw new Error(`the first release ended ${first}`)
      await rig.workers.start('control-2')
      const plain: number[] = []
      const killed: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        plain.push(await abortOnce(rig, round * 2 + 1, false))
        if (round < killRounds) killed.push(await abortOnce(rig, round * 2 + 2, true))
      }
      const rows = [rowOf('as it is', plain, promise.p99Ms), rowOf('right after a control SIGKILL', killed, promise.afterKillMs)]
      const columns = ['abort', 'times', 'p50 ms', 'p99 ms', 'max ms', 'promised ms']
      return { title: this.title, columns, rows, json: { plain, killed, promise } }
    } finally {
      await endAll()
    }
  },
}

/** Brings a canary to its bake, aborts it, and resolves with the milliseconds until it has no weight. */
async function abortOnce(rig: Rig, n: number, killsControl: boolean): Promise<number> {
  const release = await rig.release(ref.service, `1.1.${n}`)
  const workflowId = rolloutWorkflowId(ref, release)
  await until(`${release} baking`, async () => {
    const [row] = await rig.db.query<{ phase: string }>('select phase from rollout where workflow_id = $1', [workflowId])
    return row?.phase === 'baking'
  })
  if (killsControl) await rig.workers.kill('control')
  const sentAtMs = performance.now()
  const asked = rig.control.request(workflowId, { kind: 'abort', actor: ann, reason: null }, `abort-${n}`)
  await until('no weight at the canary', async () => {
    const { effective } = await rig.runtime.client.traffic(ref)
    return Object.values(effective).join() === '100'
  })
  const tookMs = performance.now() - sentAtMs
  await asked
  await rig.outcome(release)
  if (killsControl) await rig.workers.start('control')
  return tookMs
}

function rowOf(what: string, tookMs: readonly number[], promised: number): (string | number)[] {
  return [what, tookMs.length, ...[0.5, 0.99, 1].map((share) => Math.round(quantile(tookMs, share))), promised]
}
