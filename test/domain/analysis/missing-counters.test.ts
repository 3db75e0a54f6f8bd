import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan } from '../../../domain/analysis/analysis.ts'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import type { Channel } from '../../../domain/analysis/channels.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import { count, noReplicas } from '../../../domain/analysis/count.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { look } from '../../../domain/analysis/look.ts'
import type { Counters, ReplicaCounters, Unseen } from '../../../domain/analysis/counters.ts'
import { isWithheldBy, missingIn } from '../../../domain/analysis/missing-counters.ts'
import { verdict } from '../../../domain/analysis/verdict.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { evenly, plan, settings } from './scene.ts'

const orders: MetricSettings = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 0.5, dryRun: false }

/** A good canary after a minute with a thousand requests a second, and with a query whose counters are `queries`. */
function afterAMinute(
  metrics: readonly MetricSettings[],
  counted: (revision: string) => readonly ReplicaCounters[],
  missing: readonly Unseen[],
) {
  const of: AnalysisPlan = { ...plan, settings: { ...settings, warmUpMs: 0, metrics } }
  let state = mark(beginAnalysis(of, evenly(of)), 0, 50)
  for (let second = 1; second <= 60; second += 1) {
    const replicas = ['new', 'old'].flatMap((revision): ReplicaCounters[] => {
      const requests = 500 * second
      return [{ revision, replica: `${revision}-1`, requests, errors: 0, statuses: {}, edges: [] }, ...counted(revision)]
    })
    const counters: Counters = { atMs: 1_000 * second, replicas, missing }
    state = look(of, state, counters).state
  }
  const at = (maxMs: number) => verdict(of, state, { kind: 'bake', minMs: 1_000, maxMs }, { nowMs: 60_000, inModeMs: 60_000 })
  return { early: at(600_000), late: at(60_000), evidence: evidenceOf(of, state) }
}

const half = { kind: 'errors', share: 0.5, dryRun: false } as const
const why = 'no series of `bad`'
const counted = (revision: string): readonly ReplicaCounters[] => [
  { revision, replica: 'query orders ', requests: 0, errors: 0, statuses: {}, edges: [], queries: { orders: [0, 0] } },
]

describe('a query metric that has no data', () => {
  it('is reported, and with a share it prevents a pass: the bake is inconclusive', () => {
    const { early, late, evidence } = afterAMinute([half, orders], () => [], [{ revision: 'new', query: 'orders', why }])
    expect(early).to.equal(null)
    expect(late?.kind).to.equal('inconclusive')
    const caution = `query orders has no data of the new version (${why}): it has a share, so nothing passes without it`
    expect(late?.detail).to.include(caution)
    expect(evidence.cautions).to.deep.equal([caution])
  })

  it('is reported and does not prevent a pass if it is a dry run, or only the stable version has no data', () => {
    const dry = afterAMinute(
      [
        { ...half, share: 1 },
        { ...orders, dryRun: true },
      ],
      () => [],
      [],
    )
    expect([dry.early?.kind, dry.early?.detail]).to.deep.equal([
      'pass',
      'errors: at most 0.0295 %, needs 1 %; query orders has no data of the new version (the metrics provider has no counter for it), so it says nothing',
    ])
    const first = afterAMinute([half, orders], (revision) => (revision === 'new' ? counted(revision) : []), [
      { revision: 'old', query: 'orders', why },
    ])
    expect(first.early?.kind).to.equal('pass')
    expect(first.early?.detail).to.include(`query orders has no data of the stable version (${why}), so it says nothing`)
  })

  it('differs from one with zero events, which counts', () => {
    const { early, evidence } = afterAMinute([half, orders], counted, [])
    expect([early?.kind, evidence.cautions]).to.deep.equal(['pass', []])
  })
})

describe('what the last counters lack', () => {
  const clientErrors = { ...half, kind: 'status', match: '4xx' } as const
  const edge = { kind: 'latency', edgesMs: [500], share: 0.2, dryRun: false } as const
  const channels = channelsOf([half, clientErrors, edge, orders], plan.objective)
  const [errors, status, latency, query] = channels as [Channel, Channel, Channel, Channel]
  /** Counters of each revision that lack the latency edge, and the query where it is not `counted`. */
  const lacking = (missing: readonly Unseen[], ...revisions: readonly string[]) => {
    const replicas = revisions.map((revision) => ({
      revision,
      replica: `${revision}-1`,
      requests: 9,
      errors: 0,
      statuses: {},
      edges: [],
    }))
    const counters: Counters = missing.length > 0 ? { atMs: 1, replicas, missing } : { atMs: 1, replicas }
    const kept = count(noReplicas(), { canary: 'new', stable: 'old', sticky: false }, channels, counters).replicas
    return (stable: string | null) => missingIn({ canary: 'new', stable }, channels, counters, kept)
  }
  const none = 'the metrics provider has no counter for it'

  it('has the reason that the provider gave for this query of this version, and not that of another', () => {
    const missing: readonly Unseen[] = [
      { revision: 'old', query: 'orders', why: 'of the stable version' },
      { revision: 'new', why: 'of the whole version' },
      { revision: 'new', query: 'carts', why: 'of another query' },
      { revision: 'new', query: 'orders', why: 'no series' },
    ]
    expect(lacking(missing, 'new', 'old')('old')).to.deep.equal({
      'latency 500 ms': { of: 'canary', why: none },
      'query orders': { of: 'canary', why: 'no series' },
    })
  })

  it('is reported of the canary where both versions lack it, and of no stable version where there is none', () => {
    const [both, first] = [lacking([], 'new', 'old')('old'), lacking([], 'new')(null)]
    for (const found of [both, first])
      expect(found).to.deep.equal({ 'latency 500 ms': { of: 'canary', why: none }, 'query orders': { of: 'canary', why: none } })
    expect(lacking([], 'new')('old').errors, 'a stable version without counters').to.deep.equal({ of: 'stable', why: none })
  })

  it('prevents a pass only for a query with a share, and only where the canary lacks it', () => {
    const ofCanary = { of: 'canary', why: none } as const
    expect([errors, status, latency, query].map((channel) => isWithheldBy(channel, ofCanary))).to.deep.equal([
      false,
      false,
      false,
      true,
    ])
    expect(isWithheldBy({ ...query, weight: 0 }, ofCanary)).to.equal(false)
    for (const missing of [undefined, { of: 'stable', why: none } as const]) expect(isWithheldBy(query, missing)).to.equal(false)
  })
})

describe('an analysis whose cap limits the dispersion', () => {
  it('says so in its evidence and its verdict, with the measured value and the setting', () => {
    const cut = { phi: 10, measured: 24.4, pairs: 60, basis: 'one-replica' } as const
    const state = { ...beginAnalysis(plan, { errors: cut, '4xx': cut, 'latency 500 ms': { ...cut, measured: 9 } }), looks: 1 }
    const caution =
      "alpha is not held, because the stable version's come in clusters larger than analysis.maxDispersion (errors: clusters of about 24, where 10 are allowed for; 4xx: clusters of about 24, where 10 are allowed for)"
    expect(evidenceOf(plan, state).cautions).to.deep.equal([caution])
    const over = verdict(plan, { ...state, markAtMs: 0 }, { kind: 'bake', minMs: 0, maxMs: 1 }, { nowMs: 2, inModeMs: 2 })
    expect([over?.kind, over?.detail.endsWith(caution)]).to.deep.equal(['inconclusive', true])
    expect(evidenceOf({ ...plan, stable: null }, state).cautions, 'nothing is compared without a stable version').to.deep.equal(
      [],
    )
  })
})
