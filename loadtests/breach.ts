/**
 * How long a canary that turns bad still gets requests, and how many of them fail: from the first failed answer in the users' log to the
 * canary's last request. It runs the whole stack as `npm start` does, with the default analysis. Five services breach at the same time, so
 * each is measured under the load of four others.
 */
import { endAll } from '../test/stack/at-end.ts'
import { startService } from '../test/stack/service.ts'
import type { Bench } from './bench.ts'
import { quantile } from './quantile.ts'

const services = 5
const roundsEach = 4
const rps = 200
const healthyMs = 120_000
const failingShare = 0.25
const promise = { medianMs: 5_000, p95Ms: 8_000 }
/** Time from the start of the canary's processes, which count their healthy time, until its weight is set and verified. */
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
  readonly outcome: string
  readonly reason: string
  /** Null: the release ended before any answer failed. */
  readonly breach: {
    /** Healthy time with users' traffic before the first failed answer. */
    readonly healthyMs: number
    readonly tookMs: number
    readonly failedRequests: number
  } | null
}

export const bench: Bench = {
  name: 'breach',
  title: `a canary at 10 % of ${rps} requests per second fails ${failingShare * 100} % after two healthy minutes: time from the first failed answer to its last request`,
  async run() {
    try {
      const names = Array.from({ length: services }, (_, at) => `breach-${at + 1}`)
      const runs = (await Promise.all(names.map(breachesOf))).flat()
      const breaches = runs.flatMap(({ breach }) => (breach ? [breach] : []))
      const sentBackHealthy = runs.filter(({ breach }) => breach === null)
      const rows = [
        rowOf(
          'last request after, ms',
          breaches.map(({ tookMs }) => Math.round(tookMs)),
          `median ${promise.medianMs}, p95 ${promise.p95Ms}`,
        ),
        rowOf(
          'failed requests of users',
          breaches.map(({ failedRequests }) => failedRequests),
          '-',
        ),
      ]
      const columns = [`${breaches.length} breaches`, 'median', 'p95', 'max', 'promised']
      const early = sentBackHealthy.map(({ version, reason }) => `${version}: ${reason}`).join('; ')
      const title = early === '' ? this.title : `${this.title}. Ended before a failure: ${early}`
      return { title, columns, rows, json: { runs, promise } }
    } finally {
      await endAll()
    }
  },
}

function rowOf(what: string, values: readonly number[], promised: string): (string | number)[] {
  return [what, ...[0.5, 0.95, 1].map((share) => quantile(values, share)), promised]
}

async function breachesOf(name: string): Promise<readonly Run[]> {
  await using shop = await startService(name, { rps, strategy: longBake.strategy, environment: longBake })
  const ended: Pick<Run, 'version' | 'outcome' | 'reason'>[] = []
  for (let round = 0; round < roundsEach; round++) {
    const version = `1.${round + 1}.0`
    const release = await shop.release(version, { mode: 'errors', rate: failingShare, afterMs: healthyMs + startMs })
    const outcome = await release.end()
    const { reason } = await release.read()
    ended.push({ version, outcome, reason: JSON.stringify(reason) })
  }
  const { failed, versions } = await shop.users()
  return ended.map((run): Run => {
    const first = failed.find(({ version }) => version === run.version)
    const load = versions[run.version]
    if (!first || !load) return { service: name, ...run, breach: null }
    const [shownMs, tookMs] = [first.endedAtMs - load.firstAtMs, load.lastAtMs - first.endedAtMs]
    return { service: name, ...run, breach: { healthyMs: Math.round(shownMs), tookMs, failedRequests: load.failures } }
  })
}
