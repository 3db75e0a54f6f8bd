/**
 * The memory that a control worker takes for each open release in its cache. No act worker runs, so 100 releases wait for their first
 * activity, each with a release workflow and a rollout workflow. The memory that the worker took before is subtracted.
 */
import { endAll } from '../test/stack/at-end.ts'
import type { Rig } from '../test/stack/rig.ts'
import { quickService, startRig } from '../test/stack/rig.ts'
import { until } from '../test/stack/until.ts'
import type { Bench } from './bench.ts'
import { pssOf } from './process-memory.ts'

/** The first releases warm the worker up: it compiles code and its heap grows. */
const [first, measured] = [30, 100]
const workflowsEach = 2
const promisedMB = 0.5

export const bench: Bench = {
  name: 'cached-releases',
  title: `memory of a control worker for each of ${measured} open releases in its cache`,
  async run() {
    try {
      await using rig = await startRig()
      await rig.workers.kill('act')
      const before = await withOpen(rig, 0, first)
      const after = await withOpen(rig, first, first + measured)
      const eachMB = ((after - before) * 1024) / measured / 1e6
      const rows = [
        [first, mb(before)],
        [first + measured, mb(after)],
        ['each', Math.round(eachMB * 1000) / 1000],
      ]
      return { title: this.title, columns: ['open releases', 'PSS MB'], rows, json: { before, after, eachMB, promisedMB } }
    } finally {
      await endAll()
    }
  },
}

const mb = (kib: number) => Math.round((kib * 1024) / 1e5) / 10

/** KiB of the worker with this many releases in its cache. */
async function withOpen(rig: Rig, from: number, to: number): Promise<number> {
  for (let at = from; at < to; at += 1) {
    await rig.declare(quickService(`cached-${at}`))
    await rig.release(`cached-${at}`, '1.0.0')
  }
  await until(
    `${to} open releases in the cache`,
    async () => cached(await rig.workers.metrics('control')) >= to * workflowsEach,
    120_000,
  )
  return pssOf(rig.workers.pid('control') ?? 0)
}

const cached = (metrics: string): number => Number(/^temporal_sticky_cache_size\{[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0)
