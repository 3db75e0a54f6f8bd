import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ReleaseReading } from '../../../adapters/postgres/releases/reading.ts'
import { explanationView } from '../../../api/views/explanation.ts'
import type { Release } from '../../../schema/release.ts'

const workflowId = 'rollout/shop/production/shop-2'
const verdict = (step: number, kind: string) => ({
  key: `${workflowId}#1.${step}`,
  workflowId,
  at: new Date(0),
  move: 0,
  kind,
  evidence: {},
})
const event = (seq: number, step: number, detail: string) => ({
  subject: 'shop-2',
  seq,
  kind: 'verdict',
  at: new Date(0).toISOString(),
  actor: { kind: 'system', id: 'rollout' } as const,
  data: { detail, workflowId, turn: 1, step },
})

describe('the explanation of a release', () => {
  it('has for each verdict the sentence of its own act, in whatever order they come and where one has none', () => {
    const verdicts = [verdict(4, 'pass'), verdict(6, 'both-bad'), verdict(9, 'fail')]
    const events = [event(1, 9, 'worse'), event(2, 4, 'good')]
    const { verdicts: shown } = explanationView({} as Release, {} as ReleaseReading, { verdicts, events, unready: null })
    expect(shown.map(({ verdict, detail }) => [verdict, detail])).to.deep.equal([
      ['pass', 'good'],
      ['both-bad', null],
      ['fail', 'worse'],
    ])
  })
})
