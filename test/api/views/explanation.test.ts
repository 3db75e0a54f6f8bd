import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { VerdictRow } from '../../../adapters/postgres/releases/release-queries.ts'
import type { ReleaseRow } from '../../../adapters/postgres/releases/subject-rows.ts'
import { explanationView, tell } from '../../../api/views/explanation.ts'
import { phases } from '../../../domain/rollout/phase.ts'
import type { StoredEvent } from '../../../domain/events/event.ts'
import type { VerdictKind } from '../../../domain/rollout/reason.ts'
import type { Release } from '../../../schema/release.ts'
import { ReleaseState } from '../../../schema/release.ts'
import { saidInLife } from '../../domain/analysis/every-verdict.ts'

const workflowId = 'rollout/shop/production/shop-2'
const verdict = (step: number, kind: VerdictKind): VerdictRow => ({
  key: `${workflowId}#1.${step}`,
  ref: 'shop/production',
  at: new Date(0),
  move: 0,
  kind,
  evidence: saidInLife(kind).verdict.evidence,
})
const event = (seq: number, step: number, detail: string): StoredEvent => ({
  subjectKind: 'release',
  subject: 'shop-2',
  seq,
  kind: 'verdict',
  at: new Date(0).toISOString(),
  actor: { kind: 'system', id: 'rollout' },
  where: { environment: 'production', workflowId, token: 1, step },
  data: { verdict: 'pass', detail, weight: 10 },
})

describe('the explanation of a release', () => {
  it('gives each verdict the sentence of its own step, in any order and also without one', async () => {
    const verdicts = [verdict(4, 'pass'), verdict(6, 'both-bad'), verdict(9, 'fail')]
    const events = [event(1, 9, 'worse'), event(2, 4, 'good')]
    const newest = { items: verdicts, more: 0 }
    let asked: readonly string[] = []
    const withKeys = async (keys: readonly string[]) => {
      asked = keys
      return events
    }
    const reads = { withKeys, newest: async () => ({ items: [], more: 0 }) }
    const told = await tell(reads, { kind: 'release', id: 'shop-2' }, newest)
    const { verdicts: shown } = explanationView({} as Release, {} as ReleaseRow, { verdicts: newest, ...told, unready: null })
    expect(shown.map(({ verdict, detail }) => [verdict, detail])).to.deep.equal([
      ['pass', 'good'],
      ['both-bad', null],
      ['fail', 'worse'],
    ])
    // A verdict beside its step, such as that of a pause, has an event of its own.
    expect(asked.slice(0, 2)).to.deep.equal([`${workflowId}#1.4`, `${workflowId}#1.4.beside`])
  })

  const at = { version: '1.1.0', environment: 'production', weightPercent: 10, reason: null, waitsFor: null, legalRequests: [] }
  const said = (release: object, turn: object | null, unready: string | null = null) =>
    explanationView({ ...at, ...release } as unknown as Release, { turn } as unknown as ReleaseRow, {
      verdicts: { items: [], more: 0 },
      sentences: new Map(),
      requests: { items: [], more: 0 },
      unready,
    })

  it('is a whole sentence in every phase and state', () => {
    for (const phase of phases.filter((one) => one !== 'ended'))
      expect(said({ phase, state: 'progressing' }, { phase, stable: { version: '1.0.0' } }).summary).to.match(
        /^1\.1\.0 (is|waits|could) .* at 10 % in production beside 1\.0\.0$/,
      )
    for (const state of ReleaseState.options)
      expect(said({ phase: null, state }, null).summary).to.match(/^1\.1\.0 (is|has|was|needs) [a-z ]+ in production$/)
    const gone = said({ phase: null, state: 'rolled-back', reason: { code: 'fail', detail: '13 % failed' } }, null)
    expect(gone.summary).to.equal('1.1.0 was rolled back in production: 13 % failed (fail)')
  })

  it('says what is still missing: for a pass while it bakes, of replicas while it starts', () => {
    const toPass = { toGoMs: 90_000, text: 'errors: at most 2.1 %, needs 1 %: about 90 s to go' }
    const baking = { phase: 'baking', state: 'progressing', waitsFor: 'the analysis of this step', analysis: { toPass } }
    expect(said(baking, { phase: 'baking' }).waitsFor).to.equal(`the analysis of this step: ${toPass.text}`)
    expect(said({ ...baking, phase: 'paused', waitsFor: 'a person' }, { phase: 'paused' }).waitsFor).to.equal('a person')
    const starting = { phase: 'starting', state: 'progressing', waitsFor: 'the version to get ready' }
    expect(said(starting, { phase: 'starting' }, '0 of 1 ready, exit code 1').waitsFor).to.equal(
      'the version to get ready: 0 of 1 ready, exit code 1',
    )
  })
})
