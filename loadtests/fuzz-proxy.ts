/** Hostile clients and backends against the proxy for a while: an hour takes `HOLDFAST_FUZZ_MINUTES=60 npm run bench -- fuzz-proxy`. */
import type { Bench } from './bench.ts'
import { fuzz } from './fuzz-run.ts'

const minutes = Number(process.env['HOLDFAST_FUZZ_MINUTES'] ?? 1)
/** Said with the figures: the same one says the same words again. */
const seed = Number(process.env['HOLDFAST_FUZZ_SEED'] ?? Date.now() % 1_000_000)

export const bench: Bench = {
  name: 'fuzz-proxy',
  title: `hostile clients and backends against the proxy for ${minutes} min, seed ${seed}`,
  async run() {
    if (!(minutes > 0) || !Number.isInteger(seed)) throw new TypeError('minutes are more than 0, a seed is whole')
    const report = await fuzz({ seed, cases: Infinity, withinMs: minutes * 60_000 })
    const { cases, drawn, refused, errorsByHostileBackend, others, othersFailed, broken } = report
    const columns = ['cases', 'drawn', 'refused', 'errors of the hostile version', "other service's", 'of these failed', 'broken']
    const rows = [[cases, drawn, refused, errorsByHostileBackend, others, othersFailed, broken.length]]
    return { title: this.title, columns, rows, json: report }
  },
}
