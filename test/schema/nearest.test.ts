import { expect } from 'chai'
import { describe, it } from 'mocha'
import { knownKeys } from '../../schema/known-keys.ts'
import { nearest } from '../../schema/nearest.ts'

describe('the word that was probably meant', () => {
  const rows: readonly (readonly [word: string, known: readonly string[], found: string | undefined])[] = [
    ['wiat', ['refuse', 'wait'], 'wait'],
    ['WAIT', ['wait'], 'wait'],
    ['wait', ['Wait'], 'Wait'],
    ['baek', ['bake', 'back'], 'back'],
    ['ab', ['abcd'], 'abcd'],
    ['ab', ['abcde'], undefined],
    ['abcdefghi', ['abcdef'], 'abcdef'],
    ['abcdefghi', ['abcde'], undefined],
    ['', ['ab'], 'ab'],
    ['x', [], undefined],
    ['a'.repeat(100), ['a'.repeat(99)], 'a'.repeat(99)],
    ['a'.repeat(101), ['a'.repeat(100)], undefined],
  ]
  for (const [word, known, found] of rows)
    it(`of ${known.map((one) => `'${one.slice(0, 12)}'`).join(', ') || 'none'} for '${word.slice(0, 12)}' is ${found?.slice(0, 12) ?? 'none'}`, () => {
      expect(nearest(word, known)).to.equal(found)
    })
})

describe('the keys that are known at a place', () => {
  const text = { type: 'string' }
  const canary = { properties: { kind: { const: 'canary' }, steps: { items: { properties: { weight: text } } } } }
  const rolling = { properties: { kind: { const: 'rolling' }, availability: text } }
  const root = {
    properties: {
      name: text,
      strategy: { anyOf: [canary, { $ref: '#/$defs/rolling' }] },
      other: { allOf: [{ properties: { a: text } }] },
      most: { anyOf: [text, { properties: { count: text } }] },
      before: { anyOf: [{ properties: { kind: text, any: text } }, canary] },
      within: { $ref: '#' },
      named: { $ref: '#/$defs/a/b' },
    },
    $defs: { rolling, a: { b: { properties: { deep: text } } } },
  }
  const top = Object.keys(root.properties)
  const rows: readonly (readonly [value: unknown, path: readonly PropertyKey[], keys: readonly string[]])[] = [
    [{}, [], top],
    [{ within: {} }, ['within'], top],
    [{ named: {} }, ['named'], ['deep']],
    [{ most: { kind: 'x' } }, ['most'], ['count']],
    [{ most: '1' }, ['most'], ['count']],
    [{ before: { kind: 'rolling' } }, ['before'], ['kind', 'any']],
    [{ before: { kind: 'canary' } }, ['before'], ['kind', 'any', 'steps']],
    [{ strategy: { kind: 'canary' } }, ['strategy'], ['kind', 'steps']],
    [{ strategy: { kind: 'rolling' } }, ['strategy'], ['kind', 'availability']],
    [{ strategy: {} }, ['strategy'], ['kind', 'steps', 'availability']],
    [{ strategy: 'canary' }, ['strategy'], ['kind', 'steps', 'availability']],
    [{ strategy: null }, ['strategy'], ['kind', 'steps', 'availability']],
    [null, ['strategy'], ['kind', 'steps', 'availability']],
    [{ strategy: { kind: 'canary', steps: [{}] } }, ['strategy', 'steps', 0], ['weight']],
    [{ strategy: { kind: 'rolling', steps: [{}] } }, ['strategy', 'steps', 0], []],
    [{ other: {} }, ['other'], ['a']],
    [{ name: {} }, ['name'], []],
    [{}, ['nowhere', 'at', 'all'], []],
    [{}, ['toString'], []],
  ]
  for (const [value, path, keys] of rows)
    it(`${path.join('.') || 'the top'} of ${JSON.stringify(value)} are ${keys.join(', ') || 'none'}`, () => {
      expect(knownKeys(root, value, path)).to.deep.equal(keys)
    })
})
