import { expect } from 'chai'
import { describe, it } from 'mocha'
import { channelsOf, clientKindOf, countersOf, edgesOf } from '../../../domain/analysis/channels.ts'
import type { ReplicaCounters } from '../../../domain/analysis/counters.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { plan, settings, startLooking } from './scene.ts'

const weightsOf = (metrics: readonly MetricSettings[]) =>
  Object.fromEntries(channelsOf(metrics, plan.objective).map(({ id, weight }) => [id, weight]))
const only = (kind: MetricSettings['kind']): readonly MetricSettings[] =>
  settings.metrics.map((metric) => ({ ...metric, dryRun: metric.kind !== kind }))

describe('the metrics of a release', () => {
  it('have their shares of its evidence, divided equally over the edges of one, and none for a dry run', () => {
    expect(weightsOf(settings.metrics)).to.deep.equal({ errors: 0.6, '4xx': 0.1, 'latency 100 ms': 0.15, 'latency 500 ms': 0.15 })
    expect(weightsOf(only('latency'))).to.deep.equal({ errors: 0, '4xx': 0, 'latency 100 ms': 0.15, 'latency 500 ms': 0.15 })
  })

  it('show the counts of a dry run, while only the others can fail or pass', () => {
    const of = { ...plan, settings: { ...settings, metrics: only('errors') } }
    const run = startLooking(of)
    run.traffic(30, { canary: 20, stable: 180, canaryIs: { clientErrors: 1, slow: 1 } })
    const { logE, limit, channels } = evidenceOf(of, run.state())
    expect(logE).to.be.at.most(0)
    for (const channel of channels.slice(1)) expect(channel.logE, channel.id).to.be.above(limit)
    run.traffic(30, { canary: 20, stable: 180, canaryIs: { errors: 0.25, clientErrors: 1, slow: 1 } })
    expect(evidenceOf(of, run.state()).logE, 'what is no dry run still fails').to.be.above(limit)
    expect(channels.map(({ step }) => step?.isNeeded ?? null)).to.deep.equal([true, null, null, false])
    expect(channels[0]?.step?.mirrorLimit).to.be.closeTo(Math.log(1 / settings.beta), 1e-4)
  })
})

describe('errors', () => {
  it('are always counted: without a say where they are not declared, and once where they are', () => {
    const status: MetricSettings = { kind: 'status', match: '4xx', share: 1, dryRun: false }
    const errors = { kind: 'errors', share: 0, dryRun: true }
    const objective = plan.objective.errors
    expect(channelsOf([status], plan.objective).slice(1)).to.deep.equal([
      { id: 'errors', metric: errors, weight: 0, objective, edgeMs: null },
    ])
    const both = channelsOf([status, { kind: 'errors', share: 0.5, dryRun: false }], plan.objective)
    expect(both.map(({ id, weight }) => [id, weight])).to.deep.equal([
      ['4xx', 1],
      ['errors', 0.5],
    ])
  })
})

describe('the latency edges that a provider counts', () => {
  const latency = (...edgesMs: number[]): MetricSettings => ({ kind: 'latency', edgesMs, share: 0.1, dryRun: false })
  const status: MetricSettings = { kind: 'status', match: '4xx', share: 0.1, dryRun: false }

  it('are those of every metric and the one of the objective, once each and ascending', () => {
    expect(edgesOf([], plan.objective)).to.deep.equal([500])
    expect(edgesOf([status, latency(2_000, 100), latency(1_000, 100)], plan.objective)).to.deep.equal([100, 500, 1_000, 2_000])
  })
})

describe('what a replica counted', () => {
  const replica: ReplicaCounters = {
    revision: 'new',
    replica: 'new-1',
    requests: 100,
    errors: 7,
    statuses: { '401': 2, '404': 3, '503': 4, '200': 91 },
    edges: [{ edgeMs: 500, entered: 90, slow: 5 }],
    queries: { orders: [8, 80] },
  }
  const clients: NonNullable<ReplicaCounters['clients']> = {
    active: 5,
    requests: 60,
    turns: 40,
    newTurns: 9,
    kinds: { errors: { bad: 1, requests: 61, turns: 41, newBad: 2, newTurns: 8, failing: 0, lasting: 0 } },
  }
  const metrics: readonly MetricSettings[] = [
    { kind: 'errors', share: 1, dryRun: false },
    { kind: 'status', match: '4xx', share: 0, dryRun: true },
    { kind: 'status', match: '404', share: 0, dryRun: true },
    { kind: 'status', match: '500', share: 0, dryRun: true },
    { kind: 'latency', edgesMs: [500, 900], share: 0, dryRun: true },
    { kind: 'query', name: 'orders', bad: 'b', total: 't', share: 0, dryRun: true },
    { kind: 'query', name: 'missing', bad: 'b', total: 't', share: 0, dryRun: true },
  ]
  const of = (one: ReplicaCounters, byClients: boolean) =>
    Object.fromEntries(
      channelsOf(metrics, plan.objective).map((channel) => {
        const found = countersOf(channel, one, byClients)
        return [channel.id, found && [found.bad, found.total, found.exposure, found.newBad, found.newExposure]]
      }),
    )

  it('is by requests: a class has all its codes, a code its own, an edge those that entered, and what is not counted is nothing', () => {
    const byRequests = {
      errors: [7, 100, 100, 0, 0],
      '4xx': [5, 100, 100, 0, 0],
      '404': [3, 100, 100, 0, 0],
      '500': [0, 100, 100, 0, 0],
      'latency 500 ms': [5, 90, 90, 0, 0],
      'latency 900 ms': null,
      'query orders': [8, 80, 80, 0, 0],
      'query missing': null,
    }
    expect(of(replica, false)).to.deep.equal(byRequests)
    expect(of({ ...replica, clients }, false), 'where nobody judges clients').to.deep.equal(byRequests)
    const { queries: _, ...without } = replica
    expect(of(without, false)).to.deep.equal({ ...byRequests, 'query orders': null })
  })

  it('is by clients where those are judged: none of a status is 0, none of an edge is nothing, queries stay as they are', () => {
    const none = [0, 60, 40, 0, 9]
    const queries = { 'query orders': [8, 80, 80, 0, 0], 'query missing': null }
    expect(of({ ...replica, clients }, true)).to.deep.equal({
      errors: [1, 61, 41, 2, 8],
      '4xx': none,
      '404': none,
      '500': none,
      'latency 500 ms': null,
      'latency 900 ms': null,
      ...queries,
    })
    const unasked = [0, 0, 0, 0, 0]
    const names = ['errors', '4xx', '404', '500', 'latency 500 ms', 'latency 900 ms']
    expect(of(replica, true), 'before the first client').to.deep.equal({
      ...Object.fromEntries(names.map((name) => [name, unasked])),
      ...queries,
    })
  })

  it('is asked of the provider by these names', () => {
    const names = channelsOf(metrics, plan.objective).map(clientKindOf)
    expect(names).to.deep.equal(['errors', '4xx', '404', '500', 'slow 500', 'slow 900', null, null])
  })
})
