import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { jsonFault } from '../../api/json-fault.ts'

describe('the position of a fault in JSON', () => {
  const broken: readonly (readonly [text: string, line: number, column: number])[] = [
    ['{\n  "kind": Service', 2, 11],
    ['{"a": 1,}', 1, 9],
    ['{"a" 1}', 1, 2],
    ['[1, 2', 1, 6],
    ['{"a": [1, {"b": 01}]}', 1, 18],
    ["{'a': 1}", 1, 2],
    ['{} {}', 1, 4],
    ['[1}', 1, 3],
    ['"a\nb"', 1, 1],
  ]
  for (const [text, line, column] of broken)
    it(`is line ${line}, column ${column} in ${JSON.stringify(text)}`, () =>
      expect(jsonFault(text)).to.deep.equal({ line, column }))

  it('is the end of the text when the text is valid JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const { line, column } = jsonFault(text)
        const lines = text.split('\n')
        expect([line, column]).to.deep.equal([lines.length, (lines.at(-1)?.length ?? 0) + 1])
      }),
    )
  })

  it('is found at any depth', () => expect(jsonFault('['.repeat(200_000)).column).to.equal(200_001))
})
