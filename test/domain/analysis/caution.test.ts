import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AnalysisPlan, AnalysisState } from '../../../domain/analysis/analysis.ts'
import { beginAnalysis } from '../../../domain/analysis/analysis.ts'
import { alphaCaution, cautionsOf, requestsCaution } from '../../../domain/analysis/caution.ts'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { MissingCounter } from '../../../domain/analysis/missing-counters.ts'
import type { MetricSettings } from '../../../domain/plan/service.ts'
import { evenly, plan, settings } from './scene.ts'

const sticky = { ...plan, sticky: true }
const alone = { ...plan, stable: null }
const orders: MetricSettings = { kind: 'query', name: 'orders', bad: 'bad', total: 'total', share: 0.2, dryRun: false }

const cautions = (of: AnalysisPlan, changes: Partial<AnalysisState>): readonly string[] => {
  const state = { ...beginAnalysis(of, evenly(of)), byClients: false, ...changes }
  return cautionsOf(of, state, channelsOf(of.settings.metrics, of.objective))
}

const fallen = (falls: number): string =>
  `counters of the new version went backwards ${falls} times: what it counted until then is not in the evidence (its processes restart, or these are no counters)`

describe('the cautions of an analysis', () => {
  const told: readonly (readonly [what: string, of: AnalysisPlan, changes: Partial<AnalysisState>, told: readonly string[]])[] = [
    ['of nothing, where nothing weakens the evidence', plan, {}, []],
    ['of no counters that fell twice: the target reports each restart', plan, { falls: 2 }, []],
    ['of counters that fell three times', plan, { falls: 3 }, [fallen(3)]],
    ['of counters that fell, without a stable version too', alone, { falls: 4 }, [fallen(4)]],
    ['of sticky traffic whose clients are not counted', sticky, {}, [requestsCaution]],
    ['of sticky traffic after counters that fell', sticky, { falls: 3 }, [fallen(3), requestsCaution]],
    ['of no sticky traffic whose clients are counted', sticky, { byClients: true }, []],
    ['of no traffic that is drawn anew for every request', plan, { byClients: false }, []],
  ]
  for (const [what, of, changes, expected] of told)
    it(`warn ${what}`, () => expect(cautions(of, changes)).to.deep.equal(expected))

  it('name every metric without data, whose version, and whether it prevents a pass', () => {
    const of = { ...plan, settings: { ...settings, metrics: [...settings.metrics, orders] } }
    const without = (side: MissingCounter['of']) => ({ of: side, why: 'no series' })
    expect(cautions(of, { missing: { '4xx': without('stable'), 'query orders': without('canary') }, falls: 3 })).to.deep.equal([
      '4xx has no data of the stable version (no series), so it says nothing',
      'query orders has no data of the new version (no series): it has a share, so nothing passes without it',
      fallen(3),
    ])
  })

  it('say that alpha is not held for what can revert a release: metrics with a share, and errors always', () => {
    const cut = { phi: 10, measured: 24.4, pairs: 60, basis: 'one-replica' } as const
    const metrics: readonly MetricSettings[] = [
      { kind: 'errors', share: 0.5, dryRun: true },
      { kind: 'status', match: '4xx', share: 0.5, dryRun: true },
      { kind: 'status', match: '429', share: 0.5, dryRun: false },
    ]
    const of = { ...plan, settings: { ...settings, metrics } }
    const channels = channelsOf(metrics, plan.objective)
    const caution = (...which: readonly string[]) =>
      `alpha is not held, because the stable version's come in clusters larger than analysis.maxDispersion (${which
        .map((id) => `${id}: clusters of about 24, where 10 are allowed for`)
        .join('; ')})`
    const dispersion = { errors: cut, '4xx': cut, '429': cut }
    expect(alphaCaution(dispersion, channels)).to.equal(caution('errors', '429'))
    expect(cautions(of, { dispersion, falls: 3 })).to.deep.equal([caution('errors', '429'), fallen(3)])
    expect(alphaCaution({ ...dispersion, errors: { ...cut, measured: 10 } }, channels)).to.equal(caution('429'))
    expect(alphaCaution({ '4xx': cut }, channels), 'a dry run reverts nothing').to.equal(null)
    expect(cautions({ ...of, stable: null }, { dispersion }), 'nothing is compared without a stable version').to.deep.equal([])
  })
})
