import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { bytesOf, isArgument, isLine, isRequestPath, isText, longestDurationMs, longestTimerMs } from '../../domain/bounds.ts'

const half = '\ud800'
const taken = (is: (text: string) => boolean, texts: readonly string[]) => texts.filter((text) => is(text))

describe('a text that the system takes', () => {
  it('is the target of a request where it is printable ASCII from a slash on, without a fragment', () => {
    expect(taken(isRequestPath, ['/', '/a?b=1&c=%20', '/!', '/"', '/$', '/~'])).to.have.length(6)
    expect(taken(isRequestPath, ['', 'a', 'a/', '/#top', '/a b', '/é', '/\x7f', '/\n', ' /', '/a\n'])).to.deep.equal([])
  })

  it('is an argument whatever it has but NUL and half a character', () => {
    expect(taken(isArgument, ['', 'a\nb', '\u0007', '𝄞'])).to.have.length(4)
    expect(taken(isArgument, ['a\0', half, `a${half}b`])).to.deep.equal([])
  })

  it('is a line without control characters, and a text with line breaks and tabs', () => {
    const controls = Array.from({ length: 0xa0 }, (_, code) => code).filter((code) => code < 0x20 || code >= 0x7f)
    const held = (is: (text: string) => boolean) => controls.filter((code) => is(`a${String.fromCharCode(code)}b`))
    expect([held(isLine), held(isText)]).to.deep.equal([[], [0x09, 0x0a, 0x0d]])
    expect(taken(isLine, ['', 'a b', 'é𝄞', half])).to.deep.equal(['', 'a b', 'é𝄞'])
    expect(taken(isText, ['', 'a\n\tb', 'é𝄞', half])).to.deep.equal(['', 'a\n\tb', 'é𝄞'])
  })

  it('has the bytes that UTF-8 gives it', () => {
    const character = fc
      .oneof(fc.nat(0x7ff), fc.nat(0xffff), fc.nat(0x10ffff))
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
    fc.assert(
      fc.property(fc.array(fc.string({ unit: character })), (texts) => {
        expect(bytesOf(texts)).to.equal(Buffer.byteLength(texts.join(''), 'utf8'))
      }),
    )
    expect(['\x7f', '\x80', '\u07ff', '\u0800', '\uffff', '\u{10000}'].map((text) => bytesOf([text]))).to.deep.equal([
      1, 2, 2, 3, 3, 4,
    ])
  })
})

describe('a duration that the system takes', () => {
  it('is a leap year at most, and 24.8 days for a timer', () => {
    expect([longestDurationMs, longestTimerMs]).to.deep.equal([31_622_400_000, 2_147_483_647])
  })
})
