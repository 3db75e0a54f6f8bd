/**
 * How long a canary that turns bad goes on meeting users, and how many it fails: from the first failed answer in the users' own log to the
 * last request that the canary was given. The whole stack as `npm start` runs it, and the analysis as a declaration without a word on
 * it gets it. The services breach at once, so that each is measured beside nine others.
 */
import { endAll } from '../test/stack/at-end.ts'
import { startService } from '../test/stack/service.ts'
import type { Bench } from './bench.ts'

const services = 10
const roundsEach = 2
const rps = 200
const healthyMs = 120_000
const failingShare = 0.25
const promise = { medianMs: 5_000, p95Ms: 8_000 }
/** Weight is set and verified a moment after the canary's processes begin to count their healthy time. */
const startMs = 2_000

const longBake = {
  strategy: { kind: 'canary', steps: [{ weight: 10 }], bake: { min: '150s', max: '10m' } },
  target: { kind: 'local', command: [process.execPath, 'server.mjs'], replicas: 2, drain: '2s', grace: '1s' },
  traffic: { kind: 'local' },
  analysis: {},
}

interface Run {
  readonly service: string
  readonly version: string
  /** Healthy time in front of users, before the first failed answer. */
  readonly healthyMs: number
  readonly tookMs: number
  readonly failedRequests: number
  readonly outcome: string
}

export const bench: Bench = {
  name: 'breach',
  title: `a canary at 10 % of ${rps} requests per second fails ${failingShare * 100} % after two healthy minutes: from the first failed answer to its last request`,
  async run() {
    try {
      const names = Array.from({ length: services }, (_, at) => `breach-${at + 1}`)
      const runs = (await Promise.all(names.map(breachesOf))).flat()
      const tookMs = runs.map((run) => run.tookMs).toSorted((a, b) => a - b)
      const failed = runs.map(({ failedRequests }) => failedRequests).toSorted((a, b) => a - b)
      const at = (sorted: readonly number[], share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
      const row = (what: string, sorted: readonly number[], promised: string) =>
        [what, at(sorted, 0.5), at(sorted, 0.95), at(sorted, 1), promised] as const
      const rows = [
        row('no request more, ms', tookMs.map(Math.round), `median ${promise.medianMs}, p95 ${promise.p95Ms}`),
        row('failed requests of users', failed, '-'),
      ]
      const columns = [`${runs.length} canaries`, 'median', 'p95', 'max', 'promised']
      return { title: this.title, columns, rows, json: { runs, promise } }
    } finally {
      await endAll()
    }
  },
}

async function breachesOf(name: string): Promise<readonly Run[]> {
  await using shop = await startService(name, { rps, strategy: longBake.strategy, environment: longBake })
  const versions = Array.from({ length: roundsEach }, (_, round) => `1.${round + 1}.0`)
  const outcomes: string[] = []
  for (const version of versions) {
    const release = await shop.release(version, { mode: 'errors', rate: failingShare, afterMs: healthyMs + startMs })
    outcomes.push(await release.end())
  }
  const { failed, versions: seen } = await shop.users()
  return versions.map((version, round): Run => {
    const failures = failed.filter((answer) => answer.version === version)
    const [first, load] = [failures[0], seen[version]]
    if (!first || !load) throw new Error(`${name} ${version} met no failure: it ended ${outcomes[round]}`)
    return {
      ...{ service: name, version, outcome: outcomes[round] ?? '', failedRequests: load.failures },
      healthyMs: Math.round(first.dueAtMs - load.firstAtMs),
      tookMs: load.lastAtMs - first.dueAtMs,
    }
  })
}
