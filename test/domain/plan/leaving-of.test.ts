import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Leaving } from '../../../domain/plan/leaving-of.ts'
import { leavingOf } from '../../../domain/plan/leaving-of.ts'
import { Problem } from '../../../domain/problem.ts'

const empty = { name: 'staging', isStable: false }
const running = { name: 'production', isStable: true }
const busy = (message: string, more: Problem['more']) => ({ code: 'service-busy', message, more })

const shop1 = { kind: 'release', id: 'shop-1' } as const
const back = { kind: 'rollback', id: 'rollback/shop/staging/2' } as const

describe('environments that leave a declaration', () => {
  const rows: readonly {
    readonly when: string
    readonly leaving: Omit<Leaving, 'service'>
    /** The answers without `stop` and with it. */
    readonly answers: readonly [ReturnType<typeof leavingOf> | ReturnType<typeof busy>, ReturnType<typeof leavingOf>]
  }[] = [
    { when: 'there are none', leaving: { environments: [], inFlight: [] }, answers: ['may-leave', 'may-leave'] },
    { when: 'nothing ever ran there', leaving: { environments: [empty], inFlight: [] }, answers: ['may-leave', 'may-leave'] },
    {
      when: 'a version runs in one of them',
      leaving: { environments: [empty, running], inFlight: [] },
      answers: [busy('shop still runs in production', { running: ['production'] }), 'may-leave'],
    },
    {
      when: 'a release to it is in flight',
      leaving: { environments: [empty], inFlight: [shop1] },
      answers: [busy('shop has shop-1 in flight to staging', { inFlight: [shop1], inFlightMore: 0 }), 'revert-first'],
    },
    {
      when: 'two releases in flight go there, and a version runs',
      leaving: { environments: [running, empty], inFlight: [shop1, back] },
      answers: [
        busy('shop has shop-1, rollback/shop/staging/2 in flight to production, staging', {
          inFlight: [shop1, back],
          inFlightMore: 0,
        }),
        'revert-first',
      ],
    },
    {
      when: 'a release is in flight to an unknown environment',
      leaving: { environments: [], inFlight: [shop1] },
      answers: [busy('shop has shop-1 in flight', { inFlight: [shop1], inFlightMore: 0 }), 'revert-first'],
    },
    {
      when: 'more are in flight than a person reads',
      leaving: { environments: [], inFlight: Array.from({ length: 23 }, () => shop1) },
      answers: [
        busy(`shop has ${Array(20).fill('shop-1').join(', ')} and 3 more in flight`, {
          inFlight: Array(20).fill(shop1),
          inFlightMore: 3,
        }),
        'revert-first',
      ],
    },
  ]
  for (const { when, leaving, answers } of rows)
    it(`are allowed to leave, or not, when ${when}`, () => {
      expect([answerOf(leaving, false), answerOf(leaving, true)]).to.deep.equal(answers)
    })
})

function answerOf(leaving: Omit<Leaving, 'service'>, stop: boolean) {
  try {
    return leavingOf({ service: 'shop', ...leaving }, stop)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, message, more } = error
    return { code, message, more }
  }
}
