/**
 * How long the API takes to answer reads of a release that bakes under traffic. The whole stack runs, and the reads are sent one after the
 * other by HTTP.
 */
import { request } from 'undici'
import { createLatencies } from '../cli/traffic/latencies.ts'
import { endAll } from '../test/stack/at-end.ts'
import { startService } from '../test/stack/service.ts'
import { testStack } from '../test/stack/stack.ts'
import type { Bench } from './bench.ts'

const reads = 2_000
const warmUpReads = 200
const promisedP50Ms = 5

const longBake = { kind: 'canary', steps: [{ weight: 10 }], bake: { min: '10m', max: '20m' } }
const paths = { release: '', explanation: '/explanation', events: '/events', list: null } as const

export const bench: Bench = {
  name: 'api',
  title: `reads of the API, ${reads} of each, one after another`,
  async run() {
    try {
      const { stack, key } = await testStack()
      await using shop = await startService('api-bench', { strategy: longBake })
      const release = await shop.release('1.1.0')
      await release.phase('baking')
      const rows: (string | number)[][] = []
      for (const [what, path] of Object.entries(paths)) {
        const url = `${stack.apiUrl}/v1/releases${path === null ? '' : `/${release.id}${path}`}`
        const { p50Ms, p99Ms, maxMs } = await timed(url, key)
        rows.push([what, ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2)), what === 'release' ? promisedP50Ms : '-'])
      }
      const columns = ['read', 'p50 ms', 'p99 ms', 'max ms', 'promised p50 ms']
      return { title: this.title, columns, rows, json: { rows, promisedP50Ms } }
    } finally {
      await endAll()
    }
  },
}

async function timed(url: string, key: string) {
  const latencies = createLatencies()
  for (let read = 0; read < warmUpReads + reads; read++) {
    const sentAtMs = performance.now()
    const { statusCode, body } = await request(url, { headers: { authorization: `Bearer ${key}` } })
    await body.dump()
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
    if (read >= warmUpReads) latencies.record(performance.now() - sentAtMs)
  }
  return latencies.quantiles()
}
