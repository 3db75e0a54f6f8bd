import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Event } from '../../../domain/events/event.ts'
import { reasonCodes } from '../../../domain/rollout/reason.ts'
import type { Sentence } from '../../../domain/events/sentence.ts'
import { isUndecided, isWanted, sentenceOf } from '../../../domain/events/sentence.ts'

type EventContent = Pick<Event, 'kind' | 'data'>
type Kinds = { readonly [Kind in Event['kind']]: readonly [data: Extract<Event, { kind: Kind }>['data'], said: string] }

const back = { code: 'fail', detail: 'more errors' } as const
const hook = { index: 0, detail: 'answered 500' } as const
const accepted = { artifact: 'sha256:1', planDigest: 'sha256:2', environments: ['production'], note: null } as const

/** Every kind once, with text, reason and tone. */
const sentences: Kinds = {
  'release-accepted': [
    { ...accepted, version: '1.1.0', retryOf: null, isAgain: false, twin: 'shop-1' },
    'accepted as version 1.1.0, the same as shop-1 |  | calm',
  ],
  'rollback-accepted': [{ version: '1.0.0', release: 'shop-1', reason: 'slow' }, 'a rollback to 1.0.0 is accepted | slow | calm'],
  'turn-taken': [{ stable: '1.0.0', canary: '1.1.0' }, 'has its turn: 1.1.0 beside 1.0.0 |  | calm'],
  ready: [{ version: '1.1.0', replicas: 1 }, '1.1.0 is ready with 1 replica |  | good'],
  restoring: [{ version: '1.0.0', detail: 'it does not serve' }, '1.0.0 is started again | it does not serve | warn'],
  'twin-reverted': [
    { release: 'shop-1', outcome: 'aborted', detail: 'shop-1 was aborted' },
    'waits for a person before it starts | shop-1 was aborted | warn',
  ],
  'smoke-passed': [{ details: ['/ answered 200'] }, 'smoke tests passed |  | good'],
  'smoke-failed': [{ detail: '/ answered 500' }, 'a smoke test failed | / answered 500 | bad'],
  'hook-passed': [{ ...hook, moment: 'before', required: true }, 'a hook before traffic passed |  | good'],
  'hook-failed': [{ ...hook, moment: 'after', required: true }, 'a hook after the watch failed | answered 500 | bad'],
  'weight-shifted': [{ version: '1.1.0', weight: 10, replicas: 1, to: null }, '1.1.0 gets 10 % of traffic |  | calm'],
  'replica-exited': [
    { version: '1.1.0', replica: 0, detail: 'exit code 1', count: 1 },
    'a replica of 1.1.0 ended by itself | exit code 1 | bad',
  ],
  verdict: [{ verdict: 'fail', detail: 'more errors', weight: 10 }, 'verdict fail | more errors | bad'],
  'gate-reached': [{ weight: 50 }, 'at its gate at 50 %: a person must promote it |  | warn'],
  'promoted-without-proof': [{ detail: 'too few requests' }, 'continues without proof, as declared | too few requests | warn'],
  held: [back, 'held: a person must decide | more errors | warn'],
  requested: [{ request: 'extend', byMs: 600_000, reason: 'too few' }, 'extend by 10 min was requested | too few | warn'],
  'abort-requested': [{ reason: 'seen enough' }, 'abort was requested | seen enough | warn'],
  'request-too-late': [
    { request: 'promote-fully', reason: null, phase: 'reverting' },
    'promote fully came too late (reverting) |  | warn',
  ],
  reverting: [back, 'reverting | more errors | bad'],
  'revert-failed': [back, 'the revert failed: a person must act | more errors | bad'],
  'turn-handed-over': [{ lost: 'a', to: 'b' }, 'its workflow was lost: traffic is reverted |  | warn'],
  removed: [{ version: '1.0.0' }, '1.0.0 is stopped |  | calm'],
  'rollout-ended': [{ outcome: 'rolled-back', reason: back }, 'rollout rolled back | more errors | bad'],
  'rollback-ended': [{ outcome: 'superseded', reason: null }, 'rollback superseded |  | warn'],
  'release-ended': [{ outcome: 'succeeded', reason: null }, 'release succeeded |  | good'],
}

const told = (content: EventContent): string => {
  const { text, why, tone }: Sentence = sentenceOf({ ...common, ...content } as Event)
  return `${text} | ${why} | ${tone}`
}
const common = {
  subjectKind: 'release',
  subject: 'shop-2',
  seq: 1,
  at: 'now',
  actor: { kind: 'system', id: 'rollout' },
  where: null,
} as const

describe('the sentence of an event', () => {
  for (const [kind, [data, said]] of Object.entries(sentences) as [Event['kind'], [Event['data'], string]][])
    it(`says of ${kind} what happened, why, and whether it is good`, () => expect(told({ kind, data })).to.equal(said))

  it('says which version has all traffic again, or that none has', () => {
    const off = { version: '1.1.0', weight: 0, replicas: null }
    expect(told({ kind: 'weight-shifted', data: { ...off, to: '1.0.0' } })).to.contain('all traffic is back at 1.0.0')
    expect(told({ kind: 'weight-shifted', data: { ...off, to: null } })).to.contain('all traffic is off 1.1.0')
  })

  it('distinguishes a release of the same artifact from a retry', () => {
    const again = { ...accepted, version: '1.1.0', isAgain: true, twin: null }
    expect(told({ kind: 'release-accepted', data: { ...again, retryOf: null } })).to.contain(
      '1.1.0, the same artifact as before |',
    )
    expect(told({ kind: 'release-accepted', data: { ...again, isAgain: false, retryOf: null } })).to.contain('version 1.1.0 |')
    expect(told({ kind: 'release-accepted', data: { ...again, retryOf: 'shop-1' } })).to.contain('1.1.0, again after shop-1')
  })

  it('is milder for the failure of a hook that is not required', () => {
    const data = { ...hook, moment: 'before', required: false } as const
    expect(told({ kind: 'hook-failed', data })).to.equal(
      'a hook before traffic failed, which is not required | answered 500 | warn',
    )
  })

  it('is the name of an event that only a newer API writes', () => {
    expect(sentenceOf({ ...common, kind: 'moon-risen', data: {} } as unknown as Event).text).to.equal('moon risen')
  })

  it('counts replicas, and says where nothing is stable yet', () => {
    expect(told({ kind: 'ready', data: { version: '1.1.0', replicas: 3 } })).to.contain('ready with 3 replicas')
    expect(told({ kind: 'turn-taken', data: { stable: null, canary: '1.1.0' } })).to.contain('nothing is stable yet')
  })

  it('says an extension in the largest unit that it is whole in', () => {
    const spans = { 7_200_000: '2 h', 5_400_000: '90 min', 60_000: '1 min', 90_000: '90 s', 1_500: '1.5 s' }
    for (const [byMs, span] of Object.entries(spans))
      expect(told({ kind: 'requested', data: { request: 'extend', byMs: Number(byMs), reason: null } })).to.equal(
        `extend by ${span} was requested |  | warn`,
      )
  })

  it('is good, amber or bad by the verdict', () => {
    const tones = {
      good: ['pass', 'over'],
      bad: ['fail', 'dead'],
      warn: ['both-bad', 'split-broken', 'inconclusive', 'idle', 'blind'],
    } as const
    for (const [tone, verdicts] of Object.entries(tones))
      for (const verdict of verdicts)
        expect(told({ kind: 'verdict', data: { verdict, detail: '', weight: 1 } }), verdict).to.match(new RegExp(`${tone}$`))
  })

  it('is bad at the end of a release only where something bad was shown of it', () => {
    const toneOf = (outcome: Extract<Event, { kind: 'release-ended' }>['data']['outcome'], code: Code | null) =>
      told({ kind: 'release-ended', data: { outcome, reason: code && { code, detail: '' } } })
        .split(' ')
        .at(-1)
    expect([
      toneOf('succeeded', null),
      toneOf('succeeded', 'nothing-to-do'),
      toneOf('aborted', 'aborted'),
      toneOf('superseded', 'fail'),
    ]).to.deep.equal(['good', 'good', 'warn', 'warn'])
    for (const outcome of ['rolled-back', 'rejected'] as const) {
      expect(toneOf(outcome, null), outcome).to.equal('bad')
      for (const code of bad) expect(toneOf(outcome, code), `${outcome} ${code}`).to.equal('bad')
      for (const code of [...undecided, ...wanted]) expect(toneOf(outcome, code), `${outcome} ${code}`).to.equal('warn')
    }
    for (const [code, tone] of [
      ['fail', 'bad'],
      ['blind', 'warn'],
      ['aborted', 'warn'],
    ] as const)
      expect(told({ kind: 'reverting', data: { code, detail: '' } })).to.match(new RegExp(`${tone}$`))
  })

  it('knows of every reason whether somebody wanted it, nothing was decided, or something was wrong', () => {
    expect([...undecided, ...wanted, ...bad].toSorted()).to.deep.equal([...reasonCodes].toSorted())
    for (const code of reasonCodes)
      expect([isUndecided(code), isWanted(code)], code).to.deep.equal([undecided.includes(code), wanted.includes(code)])
    expect([isUndecided(), isWanted()]).to.deep.equal([false, false])
  })
})

type Code = (typeof reasonCodes)[number]
const undecided: readonly Code[] = [
  'inconclusive',
  'both-bad',
  'split-broken',
  'blind',
  'max-hold',
  'lost',
  'twin-reverted',
  'promoted-without-proof',
]
const wanted: readonly Code[] = ['aborted', 'cancelled', 'superseded', 'accepted-as-is', 'nothing-to-do', 'watch-cut-short']
const bad: readonly Code[] = [
  'fail',
  'dead',
  'smoke-failed',
  'hook-failed',
  'progress-deadline',
  'cannot-start',
  'step-failed',
  'revert-failed',
]
