import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ChannelEvidence, Evidence, FailingEvidence, StepEvidence } from '../../../domain/analysis/evidence.ts'
import { evidenceOf } from '../../../domain/analysis/evidence.ts'
import { failingShare } from '../../../domain/analysis/failing-clients.ts'
import * as sentence from '../../../domain/analysis/sentence.ts'
import { plan, startLooking } from './scene.ts'

const seen: Evidence = evidenceOf(plan, startLooking().state())
const counts = (bad: number, total: number) => ({ bad, total })

const channel = (changes: Partial<ChannelEvidence>): ChannelEvidence => ({
  ...(seen.channels[0] as ChannelEvidence),
  weight: 1,
  failing: null,
  logE: 0,
  ...changes,
})
const channels = (...of: readonly Partial<ChannelEvidence>[]): Evidence => ({ ...seen, channels: of.map(channel) })

/** The sentence of a canary that is worse by one metric, without its evidence. */
const worse = (changes: Partial<ChannelEvidence>): string =>
  sentence.worseThanBaseline({ ...channels(changes), logE: 0, limit: 0 }).replace(' (E 1, limit 1)', '')

const failing = (changes: Partial<FailingEvidence> = {}): FailingEvidence => ({
  canary: counts(9, 10),
  stable: counts(1, 88),
  logE: 20,
  withholdsPass: true,
  ...changes,
})

describe('the sentence of a canary that is worse', () => {
  const metrics: readonly (readonly [id: string, byClients: boolean, canary: readonly [number, number], text: string])[] = [
    ['errors', false, [31, 223], '13.9 % of 223 requests failed'],
    ['4xx', false, [1, 4], '25 % of 4 requests were answered 4xx'],
    ['latency 500 ms', false, [1, 8], '12.5 % of 8 requests took longer than 500 ms'],
    ['query orders', false, [5, 200], 'query orders: 2.5 % of 200 were bad'],
    ['errors', true, [1, 223], '1 client met an error within 223 requests'],
    ['errors', true, [2, 223], '2 clients met an error within 223 requests'],
    ['4xx', true, [3, 9], '3 clients met an answer 4xx within 9 requests'],
    ['latency 500 ms', true, [4, 9], '4 clients waited longer than 500 ms within 9 requests'],
    ['errors', false, [0, 0], 'no request was counted'],
    ['query orders', false, [0, 0], 'query orders counted nothing'],
  ]
  for (const [id, byClients, [bad, total], text] of metrics)
    it(`says what users saw: ${text}`, () =>
      expect(worse({ id, byClients, canary: counts(bad, total), stable: counts(0, 7) })).to.equal(
        `${text}; the stable version had none`,
      ))

  const stables: readonly (readonly [byClients: boolean, stable: readonly [number, number], text: string])[] = [
    [false, [0, 0], 'the stable version had no requests'],
    [false, [0, 40], 'the stable version had none'],
    [false, [1, 40], 'at the stable version 2.5 % of 40'],
    [true, [1, 40], 'at the stable version 1 client within 40'],
    [true, [3, 40], 'at the stable version 3 clients within 40'],
  ]
  for (const [byClients, [bad, total], text] of stables)
    it(`compares it with the stable version: ${text}`, () =>
      expect(worse({ byClients, canary: counts(1, 2), stable: counts(bad, total) }).split('; ')[1]).to.equal(text))

  it('is about the metric with most evidence for its share, in any order of metrics', () => {
    const light = channel({ id: '4xx', logE: 5, weight: 0.1, canary: counts(1, 2) })
    const heavy = channel({ id: 'errors', logE: 4, weight: 0.8, canary: counts(1, 2) })
    const dry = channel({ id: 'query orders', logE: 99, weight: 0, canary: counts(1, 2) })
    for (const order of [
      [light, heavy, dry],
      [heavy, dry, light],
      [dry, light, heavy],
    ])
      expect(sentence.worseThanBaseline({ ...seen, channels: order })).to.match(/^50 % of 2 requests failed; /)
    expect(sentence.worseThanBaseline({ ...seen, channels: [dry], logE: 0, limit: 0 }), 'a dry run').to.equal('(E 1, limit 1)')
  })

  it('is about failing clients where at least half of the evidence comes from them', () => {
    const mostly = failing()
    const half = mostly.logE + Math.log(2 * failingShare)
    const text = '9 of the 10 returning clients on the canary fail now; 1 of 88 on the stable version'
    expect(worse({ failing: mostly, logE: half })).to.equal(text)
    expect(worse({ failing: mostly, logE: half - 1 })).to.equal(text)
    expect(worse({ failing: mostly, logE: half + 1e-9, canary: counts(1, 2) })).to.match(/^50 % of 2 requests failed; /)
  })

  const evidence: readonly (readonly [e: number, text: string])[] = [
    [1, '1'],
    [43.21, '43.2'],
    [12_345, '12300'],
    [99_000, '99000'],
    [123_456, '1.2e5'],
    [9.94e6, '9.9e6'],
    [9.96e6, '1.0e7'],
    [2.5e12, '2.5e12'],
  ]
  for (const [e, text] of evidence)
    it(`writes evidence of ${e} as ${text}`, () =>
      expect(sentence.worseThanBaseline({ ...seen, channels: [], logE: Math.log(e), limit: Math.log(125) })).to.equal(
        `(E ${text}, limit 125)`,
      ))
})

describe('the sentence of failing clients', () => {
  it('says what they meet, and how many of the stable version do', () => {
    const text = (id: string, changes: Partial<FailingEvidence> = {}) => sentence.failingNow(failing(changes), id)
    const canary = '9 of the 10 returning clients on the canary'
    expect(text('errors')).to.equal(`${canary} fail now; 1 of 88 on the stable version`)
    expect(text('4xx', { stable: counts(0, 88) })).to.equal(`${canary} are answered 4xx now; none of 88 on the stable version`)
    expect(text('latency 500 ms', { stable: counts(0, 0) })).to.equal(`${canary} wait longer than 500 ms now`)
  })
})

describe('the sentences of the guardrail, the split and a watch', () => {
  const guardrail = (changes: Partial<Evidence['guardrail']>): Evidence => ({
    ...seen,
    guardrail: {
      ...seen.guardrail,
      limit: Math.log(500),
      maxErrorRate: 0.05,
      canaryErrors: counts(3, 10),
      stableErrors: counts(9, 90),
      ...changes,
    },
  })

  it('name what failed, what is allowed, and the weaker of the two proofs where both versions are bad', () => {
    const [strong, weak] = [
      { canary: Math.log(900), stable: Math.log(600) },
      { canary: Math.log(600), stable: Math.log(900) },
    ]
    expect(sentence.guardrailBroken(guardrail(strong))).to.equal(
      '30 % of 10 requests failed; no version may have more than 5 % (guardrail E 900, limit 500)',
    )
    for (const both of [strong, weak])
      expect(sentence.bothBad(guardrail(both))).to.equal(
        '30 % of 10 requests failed, and at the stable version 10 % (9 of 90): both have more than the 5 % that are allowed, so a revert would not help (guardrail E 600, limit 500)',
      )
    expect(sentence.bothBad(guardrail({ stableErrors: counts(0, 0) }))).to.include('at the stable version no requests: ')
  })

  it('name what came to the canary, in requests or clients', () => {
    const split = { canary: 7, total: 9, byClients: false, logE: Math.log(1_000), limit: Math.log(800) }
    const text = (what: string) =>
      `7 of 9 ${what} came to the canary at a weight of 10 %: the split is not the requested one, so the counts cannot be trusted (E 1000, limit 800)`
    expect(sentence.splitBroken(split, 10)).to.equal(text('requests'))
    expect(sentence.splitBroken({ ...split, byClients: true }, 10)).to.equal(text('clients'))
  })

  it('say what a watch has seen, if anything', () => {
    expect(sentence.watched(guardrail({ canaryErrors: counts(1, 200) }))).to.equal(
      'the watch is over: 0.5 % of 200 requests failed, and 5 % may',
    )
    expect(sentence.watched(guardrail({ canaryErrors: counts(0, 0) }))).to.equal('the watch is over; there was no traffic to see')
  })
})

describe('a time in a sentence', () => {
  it('is in whole seconds', () => {
    expect([0, 1_499, 1_500, 600_000].map(sentence.seconds)).to.deep.equal(['0 s', '1 s', '2 s', '600 s'])
  })
})

describe('the sentences of a bake', () => {
  const step = (changes: Partial<StepEvidence> = {}): StepEvidence => ({
    canary: counts(1, 40),
    objective: 0.01,
    bound: 0.034,
    isGood: false,
    logMirror: 0,
    mirrorLimit: 3,
    isNotInferior: false,
    isNeeded: true,
    ...changes,
  })
  const evidence = channels(
    { id: 'errors', step: step() },
    { id: 'latency 100 ms', step: step({ isGood: true, bound: 0.004, objective: 0.05 }) },
    { id: 'latency 500 ms', step: step({ isNotInferior: true, canary: counts(0, 0) }) },
    { id: 'latency 900 ms', step: step({ isNeeded: false }) },
    { id: '4xx', step: null },
  )
  const shown = { ...evidence, channels: evidence.channels.slice(1) }

  it('name every metric that a pass rests on', () => {
    expect(sentence.proven(shown)).to.equal(
      'latency 100 ms: at most 0.4 %, needs 5 %; latency 500 ms: no requests, not inferior to the stable version',
    )
    expect(sentence.proven(channels({ id: 'errors', step: step({ isNotInferior: true }) }))).to.equal(
      'errors: 2.5 % (1 of 40), not inferior to the stable version',
    )
  })

  it('name every metric that is open at the end, and only those', () => {
    expect(sentence.unproven(evidence)).to.equal(
      'neither good nor bad was shown; errors: at most 3.4 % after 40 requests, needs 1 %',
    )
    expect(sentence.unproven(shown)).to.equal(
      'nothing was shown: no metric has an objective, or the bake was blind or shorter than a request may take',
    )
  })

  it('name the clients for whom nothing may pass, and not others that fail', () => {
    const few = { id: '4xx', failing: failing({ withholdsPass: false }) }
    const most = { id: 'latency 500 ms', failing: failing() }
    const text =
      'nothing passes while 9 of the 10 returning clients on the canary wait longer than 500 ms now; 1 of 88 on the stable version'
    expect(sentence.unproven({ ...evidence, channels: [...evidence.channels, channel(few), channel(most)] })).to.equal(text)
    expect(sentence.withheldByClients([few, { id: 'errors', failing: null }])).to.equal(null)
  })
})
