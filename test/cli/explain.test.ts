import { expect } from 'chai'
import { describe, it } from 'mocha'
import { evidenceOf } from '../../domain/analysis/evidence.ts'
import { verdict } from '../../domain/analysis/verdict.ts'
import { plan, startLooking } from '../domain/analysis/scene.ts'
import { run, startApi } from './recorded-api.ts'

describe('the explanation of a release', () => {
  it('begins with what users saw, followed by E and its limit, each metric, and weaknesses of the evidence', async () => {
    const looking = startLooking()
    looking.change((state) => ({
      ...state,
      dispersion: { ...state.dispersion, errors: { phi: 10, measured: 24.4, pairs: 60, basis: 'one-replica' } },
    }))
    const said = () => verdict(plan, looking.state(), { kind: 'guard' }, { nowMs: looking.atMs(), inModeMs: 0 })
    looking.traffic(120, { canary: 20, stable: 180, canaryIs: { errors: 0.25 } }, () => said() !== null)
    const verdicts = [
      {
        environment: 'production',
        at: '2026-01-02T03:04:05Z',
        move: 0,
        verdict: 'fail',
        detail: said()?.detail,
        evidence: evidenceOf(plan, looking.state()),
      },
    ]
    const canary = {
      exits: 3,
      how: 'exit code 1, 3 times in 40 s',
      lastAtMs: 1,
      lines: ['listening', 'Error: no heap left'],
      deadSinceMs: null,
    }
    Object.assign(verdicts[0]?.evidence ?? {}, {
      replicas: { canary, stable: { ...canary, exits: 0, how: null, lastAtMs: null, lines: [] } },
    })
    const answer = {
      kind: 'release',
      id: 'shop-3',
      state: 'rolled-back',
      summary: 'it was reverted',
      reason: null,
      waitsFor: null,
      legalRequests: [],
      verdicts,
      verdictsMore: 0,
      requests: [],
      requestsMore: 0,
    }
    await using api = await startApi({ 'GET /v1/releases/shop-3/explanation': answer })
    const { exit, out } = await run(['release', 'explain', 'shop-3'], { env: { HOLDFAST_URL: api.url } })
    expect(exit, out).to.equal(0)
    expect(out).to.match(
      /^ +[\d.]+ % of \d+ requests failed; the stable version had none \(E .*, limit 125\); alpha is not held/m,
    )
    expect(out).to.match(/the new version: 3 exits: exit code 1, 3 times in 40 s\n {14}listening\n {14}Error: no heap left\n/)
    expect(out).to.not.include('the stable version: ')
    expect(out).to.match(/errors: canary .* errors counted as clusters of 10\.0 \(24\.4 measured\)/)
    expect(out.match(/alpha is not held, because .* analysis\.maxDispersion/g)).to.have.length(1)
  })
})
