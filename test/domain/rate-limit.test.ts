import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Charge, CostClass } from '../../domain/rate-limit.ts'
import {
  assertCharge,
  chargeOf,
  coldShare,
  leastPerMinute,
  rateLimited,
  rateLimitFields,
  retryAfterSeconds,
  secondsPerToken,
  tokensLeft,
} from '../../domain/rate-limit.ts'

const chargeFor = (cost: CostClass): Charge => {
  const charge = chargeOf('key:ann', cost, 60)
  if (!charge) throw new Error(`${cost} costs nothing`)
  return charge
}

describe('what a request costs', () => {
  it('is nothing for a probe, one token of its bucket else, and two for a start', () => {
    const common = { client: 'key:ann', windowSeconds: 60 }
    expect(chargeOf('key:ann', 'free', 60)).to.equal(null)
    expect(chargeFor('read')).to.deep.equal({ ...common, policy: 'read', tokens: 1, capacity: 1_200 })
    expect(chargeFor('write')).to.deep.equal({ ...common, policy: 'change', tokens: 1, capacity: 60 })
    expect(chargeFor('start')).to.deep.equal({ ...common, policy: 'change', tokens: 2, capacity: 60 })
  })

  it('is affordable from a cold bucket at the smallest limit', () => {
    expect(coldShare).to.be.within(0, 1)
    for (const cost of ['read', 'write', 'start'] as const) {
      const charge = chargeOf('a', cost, leastPerMinute)
      expect((charge?.capacity ?? 0) * coldShare, cost).to.be.at.least(charge?.tokens ?? Number.POSITIVE_INFINITY)
    }
  })

  const good: Charge = { client: 'a', policy: 'change', capacity: 2, windowSeconds: 60, tokens: 2 }
  for (const change of [
    ...['capacity', 'windowSeconds', 'tokens'].flatMap((name) => [0, -1, NaN, Infinity].map((value) => ({ [name]: value }))),
    { tokens: 3 },
  ])
    it(`is refused as a bug with ${JSON.stringify(change)}`, () => {
      expect(() => assertCharge({ ...good, ...change })).to.throw(TypeError, 'no charge')
    })

  it('may be a whole bucket', () => {
    expect(() => assertCharge(good)).to.not.throw()
  })
})

describe('what a client is told of its bucket', () => {
  const charge = chargeFor('start')

  it('is what is left in whole tokens, and the seconds until all are back', () => {
    const after = (secondsUntilFull: number) => rateLimitFields(charge, { granted: true, secondsUntilFull })
    expect(secondsPerToken(charge)).to.equal(1)
    expect(after(0)).to.deep.equal({ 'RateLimit-Policy': '"change";q=60;w=60', RateLimit: '"change";r=60;t=0' })
    expect(after(2)['RateLimit']).to.equal('"change";r=58;t=2')
    expect(after(2.4)['RateLimit']).to.equal('"change";r=57;t=3')
    expect(after(75)['RateLimit'], 'never less than none').to.equal('"change";r=0;t=75')
    expect(tokensLeft(chargeFor('read'), { granted: true, secondsUntilFull: 30 })).to.equal(600)
  })

  it('is to ask again when the same charge can be granted, and not a second earlier', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), (secondsUntilFull) => {
        const after = retryAfterSeconds(charge, { granted: false, secondsUntilFull })
        const leftAfter = (seconds: number) => charge.capacity - Math.max(0, secondsUntilFull - seconds) / secondsPerToken(charge)
        expect(after).to.be.at.least(1)
        expect(leftAfter(after)).to.be.at.least(charge.tokens - 1e-5)
        if (after > 1) expect(leftAfter(after - 1)).to.be.below(charge.tokens)
      }),
    )
    expect(retryAfterSeconds(chargeFor('read'), { granted: false, secondsUntilFull: 70 })).to.equal(11)
    const refused = (of: Charge) => {
      const { code, message, hint, more } = rateLimited(of, { granted: false, secondsUntilFull: 60 })
      return { code, message, hint, more }
    }
    expect(refused(charge)).to.deep.equal({
      code: 'rate-limited',
      message: 'this client has used its 60 changes in 60 s',
      hint: 'ask again in 2 s; nothing was done',
      more: { retryAfter: 2 },
    })
    expect(refused(chargeFor('read')).message).to.equal('this client has used its 1200 reads in 60 s')
  })
})
