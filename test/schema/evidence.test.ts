import { expect } from 'chai'
import { describe, it } from 'mocha'
import { standingOf } from '../../domain/analysis/analysis.ts'
import { evidenceOf } from '../../domain/analysis/evidence.ts'
import { nearnessOf } from '../../domain/analysis/nearness.ts'
import type { AnalysisStatus } from '../../domain/analysis/status.ts'
import { routes } from '../../api/registry.ts'
import { openApi } from '../../schema/openapi.ts'
import { AnalysisStatus as StatusSchema, Evidence, KeptStatus, LookRow } from '../../schema/evidence.ts'
import { plan, startLooking } from '../domain/analysis/scene.ts'

const bake = { kind: 'bake', minMs: 1_000, maxMs: 600_000 } as const
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the shape of evidence on the wire', () => {
  it('equals the evidence of the analysis: the schema has no key too few or too many', () => {
    const run = startLooking()
    run.traffic(20, { canary: 20, stable: 180, canaryIs: { errors: 0.01, clientErrors: 0.1 } })
    const evidence = evidenceOf(plan, run.state())
    const elapsed = { nowMs: run.atMs(), inModeMs: run.atMs() }
    const status: AnalysisStatus = {
      mode: bake,
      inModeMs: elapsed.inModeMs,
      standing: standingOf(plan, run.state(), run.atMs()),
      verdict: null,
      canary: evidence.requests.canary,
      stable: evidence.requests.stable,
      logE: evidence.logE,
      logLimit: evidence.limit,
      evidence,
      toPass: nearnessOf(plan, run.state(), bake, elapsed),
      blindBecause: null,
    }
    for (const schema of [KeptStatus, StatusSchema]) expect(schema.parse(json(status))).to.deep.equal(json(status))
    expect(Evidence.parse(json(evidence))).to.deep.equal(json(evidence))
    for (const row of run.rows) expect(LookRow.parse(json(row))).to.deep.equal(json(row))
    expect(StatusSchema.parse({ standing: 'unguarded' })).to.deep.equal({ standing: 'unguarded' })
  })

  it('has names in the OpenAPI document', () => {
    const { components } = openApi(routes, {}) as { components: { schemas: Record<string, unknown> } }
    expect(components.schemas).to.include.keys('AnalysisStatus', 'Evidence', 'ChannelEvidence', 'LookRow')
    const shown = JSON.stringify(['Release', 'ExplainedVerdict', 'Look'].map((name) => components.schemas[name]))
    for (const name of ['AnalysisStatus', 'Evidence', 'LookRow']) expect(shown).to.include(`#/components/schemas/${name}"`)
  })
})
