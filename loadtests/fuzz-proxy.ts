/** Runs hostile clients and backends against the proxy. For an hour, run `HOLDFAST_FUZZ_MINUTES=60 npm run bench -- fuzz-proxy`. */
import { readConfig } from '../adapters/config.ts'
import type { Bench } from './bench.ts'
import { fuzz } from './fuzz-run.ts'

const { fuzzMinutes: minutes, fuzzSeed } = readConfig(process.env, ['fuzzMinutes', 'fuzzSeed'])
/** Printed with the figures. The same seed repeats the same input. */
const seed = fuzzSeed ?? Date.now() % 1_000_000

export const bench: Bench = {
  name: 'fuzz-proxy',
  title: `hostile clients and backends against the proxy for ${minutes} min, seed ${seed}`,
  async run() {
    const report = await fuzz({ seed, cases: Infinity, withinMs: minutes * 60_000 })
    const { cases, drawn, refused, errorsByHostileBackend, others, othersFailed, broken } = report
    const columns = ['cases', 'drawn', 'refused', 'errors of the hostile version', "other service's", 'of these failed', 'broken']
    const rows = [[cases, drawn, refused, errorsByHostileBackend, others, othersFailed, broken.length]]
    return { title: this.title, columns, rows, json: report }
  },
}
