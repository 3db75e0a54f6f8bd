import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan, AnalysisState } from '../../../domain/analysis/analysis.ts'
import { beginAnalysis, mark } from '../../../domain/analysis/analysis.ts'
import { logSplit } from '../../../domain/analysis/bound.ts'
import type { Phi } from '../../../domain/analysis/dispersion.ts'
import type { ChannelEvidence } from '../../../domain/analysis/evidence.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { beginFailing } from '../../../domain/analysis/failing-clients.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { evenly, plan, settings, startLooking } from './scene.ts'

const sticky: AnalysisPlan = { ...plan, sticky: true }
const alone: AnalysisPlan = { ...plan, stable: null }
const counting = (...metrics: readonly MetricSettings[]): AnalysisPlan => ({ ...plan, settings: { ...settings, metrics } })

const begun = (of: AnalysisPlan, changes: Partial<AnalysisState> = {}): AnalysisState => ({
  ...mark(beginAnalysis(of, evenly(of)), 0, 10),
  byClients: false,
  ...changes,
})
/** Evidence of the only channel of `of`, with `changes` of its state. */
function only(
  of: AnalysisPlan,
  changes: Partial<AnalysisState['channels'][number]>,
  state: Partial<AnalysisState> = {},
): ChannelEvidence {
  const from = begun(of, state)
  const [channel] = evidenceOf(of, { ...from, channels: from.channels.map((one) => ({ ...one, ...changes })) }).channels
  return channel ?? expect.fail('no channel')
}

const errors: MetricSettings = { kind: 'errors', share: 1, dryRun: false }

describe('the evidence of an analysis', () => {
  it('is about both versions, and has no E of the release where there is only one', () => {
    const run = startLooking()
    run.traffic(20, { canary: 20, stable: 180, canaryIs: { errors: 0.5 } })
    expect(evidenceOf(plan, run.state()).logE).to.be.above(3)
    expect(evidenceOf(alone, run.state()).logE).to.equal(0)
  })

  it('tests the split against the weight where there are two versions, and sticky clients once they are counted', () => {
    const split = { canary: 30, total: 100 }
    const tested = (of: AnalysisPlan, changes: Partial<AnalysisState> = {}) => evidenceOf(of, begun(of, changes)).split
    const shown = { ...split, logE: logSplit(30, 100, 10), limit: Math.log(1 / (0.05 * 0.01)) }
    const [found, clients] = [plan, sticky].map((of) => tested(of, { split }))
    expect(shown.logE).to.be.above(0)
    expect(found).to.deep.equal({ ...shown, limit: found?.limit, byClients: false })
    expect(clients).to.deep.equal({ ...shown, limit: found?.limit, byClients: true })
    expect(tested(plan), 'no request yet').to.include({ logE: 0, total: 0 })
    expect([tested(alone, { split }), tested(sticky)]).to.deep.equal([null, null])
  })

  it('guards the errors as their own metric counts them, wherever it is declared', () => {
    const of = counting({ kind: 'status', match: '4xx', share: 0.5, dryRun: false }, { ...errors, share: 0.5 })
    const from = begun(of, { byClients: true })
    const totals = [
      { a: 9, n: 90, b: 8, m: 80 },
      { a: 1, n: 10, b: 2, m: 20 },
    ]
    const state = { ...from, channels: from.channels.map((one, i) => ({ ...one, total: totals[i] ?? one.total })) }
    const { guardrail, channels } = evidenceOf(of, state)
    expect(guardrail).to.deep.include({
      byClients: true,
      canaryErrors: { bad: 1, total: 10 },
      stableErrors: { bad: 2, total: 20 },
    })
    expect(channels.map(({ canary, stable }) => [canary, stable])).to.deep.equal([
      [
        { bad: 9, total: 90 },
        { bad: 8, total: 80 },
      ],
      [
        { bad: 1, total: 10 },
        { bad: 2, total: 20 },
      ],
    ])
  })

  const now = { canary: { bad: 6, total: 10 }, stable: { bad: 1, total: 90 } }
  const orders: MetricSettings = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 1, dryRun: false }
  const says: readonly (readonly [what: string, metric: MetricSettings, withheld: boolean])[] = [
    ['errors', errors, true],
    ['errors without a share, which have an objective', { ...errors, share: 0 }, true],
    ['errors as a dry run', { ...errors, dryRun: true }, false],
    ['answers with a share', { kind: 'status', match: '4xx', share: 1, dryRun: false }, true],
    ['answers without a share', { kind: 'status', match: '4xx', share: 0, dryRun: false }, false],
    ['answers as a dry run', { kind: 'status', match: '4xx', share: 1, dryRun: true }, false],
  ]
  for (const [what, metric, withholdsPass] of says)
    it(`withholds ${withholdsPass ? 'a' : 'no'} pass while most of the canary's clients meet ${what}`, () => {
      const failing = { ...beginFailing(), logE: 1.234_567_89, now }
      expect(only(counting(metric), { failing }, { byClients: true }).failing).to.deep.equal({
        ...now,
        logE: 1.23457,
        withholdsPass,
      })
    })

  it('has failing clients only where clients are judged and the canary has some', () => {
    const failing = { ...beginFailing(), now }
    expect(only(counting(errors), { failing }).failing).to.equal(null)
    expect(only(counting(errors), {}, { byClients: true }).failing).to.equal(null)
    expect(only(counting(orders), { failing }, { byClients: true })).to.include({ failing: null, byClients: false })
    const few = { ...failing, now: { ...now, canary: { bad: 5, total: 10 } } }
    expect(only(counting(errors), { failing: few }, { byClients: true }).failing?.withholdsPass).to.equal(false)
  })

  const phis: readonly (readonly [what: string, phi: Phi | null, byClients: boolean, shown: readonly unknown[]])[] = [
    ['what was measured', { phi: 2, measured: 2, pairs: 30, basis: 'two-halves' }, false, [2, 2, 'two-halves']],
    [
      'what was measured beyond the cap',
      { phi: 10, measured: 24.412_345, pairs: 30, basis: 'one-replica' },
      true,
      [10, 24.4123, 'one-replica'],
    ],
    ['3 where it is unknown', null, false, [3, 3, 'too-few-errors']],
    ['1 where it is unknown and clients fail one by one', null, true, [1, 1, 'too-few-errors']],
  ]
  for (const [what, phi, byClients, shown] of phis)
    it(`divides by ${what}`, () => {
      const channel = only(counting(errors), {}, { byClients, dispersion: phi && { errors: phi } })
      expect([channel.phi, channel.phiMeasured, channel.phiBasis]).to.deep.equal(shown)
    })

  it('has for a pass what the step has shown of each metric with an objective', () => {
    const step = { a: 0, n: 473, b: 0, m: 0 }
    const shown = only(counting(errors), { step, mirror: [Math.log(20)] }).step
    expect(shown).to.deep.include({ canary: { bad: 0, total: 473 }, objective: 0.01, isGood: true, isNeeded: true })
    expect([shown?.logMirror, shown?.mirrorLimit, shown?.isNotInferior]).to.deep.equal([2.99573, 2.99573, true])
    expect(shown?.bound).to.be.within(0.0099, 0.01)
    const open = only(counting({ ...errors, dryRun: true }), { step: { ...step, n: 472 }, mirror: [2.99] }).step
    expect(open).to.deep.include({ isGood: false, isNotInferior: false, isNeeded: false })
    expect(only(counting({ kind: 'status', match: '4xx', share: 1, dryRun: false }), { step }).step).to.equal(null)
  })
})
