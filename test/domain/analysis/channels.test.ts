import { expect } from 'chai'
import { describe, it } from 'mocha'
import { channelsOf } from '../../../domain/analysis/channels.ts'
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
