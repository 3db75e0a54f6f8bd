import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Duration, durationMs, PositiveDuration, Share, upTo } from '../../schema/duration.ts'

describe('a duration', () => {
  const rows: readonly (readonly [text: string, ms: number])[] = [
    ['0s', 0],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['0.0004s', 0],
    ['0.0005s', 1],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ...['', '1', 's', '1 s', '-1s', '1w', '1s ', '.5s', '1.s'].map((text) => [text, Number.NaN] as const),
  ]
  for (const [text, ms] of rows)
    it(`'${text}' is ${Number.isNaN(ms) ? 'none' : `${ms} ms`}`, () => expect(durationMs(text)).to.deep.equal(ms))

  it('may be as long as its bound, and not longer', () => {
    const parses = (schema: typeof Duration, ...texts: readonly string[]) => texts.map((text) => schema.safeParse(text).success)
    expect(parses(Duration, '0s', '366d', '8784h', '8785h')).to.deep.equal([true, true, true, false])
    expect(parses(PositiveDuration, '0s', '1ms')).to.deep.equal([false, true])
    expect(parses(upTo(3_600_000, '1h'), '1h', '60m', '3600001ms')).to.deep.equal([true, true, false])
  })
})

describe('a share', () => {
  it('is a percentage or a fraction, above nothing and at most all', () => {
    const of = (value: unknown) => Share.safeParse(value).data
    expect(['1%', '100%', 0.01, 1].map(of)).to.deep.equal([0.01, 1, 0.01, 1])
    expect(['0%', '101%', 0, 1.01, '1', ''].map(of)).to.deep.equal(Array.from({ length: 6 }, () => undefined))
  })
})
