import { expect } from 'chai'
import { describe, it } from 'mocha'
import { declarationKeys } from '../../schema/declaration-keys.ts'

const text = { type: 'string', description: 'A text.' }
const needs = (name: string, more: object = {}) => ({ type: 'object', properties: { [name]: text }, required: [name], ...more })
const kind = (name: string, key: string) => ({ type: 'object', properties: { kind: { const: name }, [key]: text } })

describe('the keys of a schema', () => {
  const rows: readonly (readonly [what: string, schema: Readonly<Record<string, unknown>>, keys: readonly string[]])[] = [
    ['of a block and a list', { properties: { a: { type: 'array', items: needs('b') } } }, ['a', 'a[].b']],
    [
      'of alternatives by their kind',
      { properties: { a: { anyOf: [kind('x', 'b'), kind('y', 'c')] } } },
      ['a', 'a(x).b', 'a(y).c'],
    ],
    ['of the only alternative with a kind', { properties: { a: { oneOf: [kind('x', 'b')] } } }, ['a', 'a(x).b']],
    ['of the only alternative without one', { properties: { a: { anyOf: [text, needs('b')] } } }, ['a', 'a.b']],
    ['of alternatives by what they need', { properties: { a: { anyOf: [needs('b'), needs('c')] } } }, ['a', 'a(b).b', 'a(c).c']],
    [
      'of alternatives that need nothing',
      { properties: { a: { anyOf: [needs('b'), { type: 'object', properties: { c: text } }] } } },
      ['a', 'a(b).b', 'a().c'],
    ],
    [
      'of the kind where it is no constant, or at the top',
      { properties: { kind: { const: 'x' }, a: { properties: { kind: text } } } },
      ['kind', 'a', 'a.kind'],
    ],
    ['of a constant that is no kind', { properties: { a: { properties: { b: { const: 'x' } } } } }, ['a', 'a.b']],
  ]
  for (const [what, schema, keys] of rows)
    it(`are those ${what}`, () => expect(declarationKeys(schema).map(({ key }) => key)).to.deep.equal(keys))

  it('are needed where the schema requires them and there is no default', () => {
    const schema = { properties: { a: text, b: { ...text, default: 'x' }, c: text }, required: ['a', 'b'] }
    expect(declarationKeys(schema).map(({ isNeeded, preset }) => [isNeeded, preset])).to.deep.equal([
      [true, null],
      [false, 'x'],
      [false, null],
    ])
    expect(declarationKeys({ properties: { a: text } })[0]?.isNeeded).to.equal(false)
  })
})
