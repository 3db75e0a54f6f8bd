import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { Problem } from '../../domain/problem.ts'
import type { Where } from '../../schema/issues.ts'
import { mostFaults, parseWith, readWith } from '../../schema/issues.ts'
import { deepest } from '../../schema/yaml-text.ts'

const nowhere: Where = () => ''

/** The faults of `value`, as people read them. */
function faults(schema: z.ZodType, value: unknown, where = nowhere): readonly string[] {
  const read = readWith(schema, value, () => z.toJSONSchema(schema, { unrepresentable: 'any' }), where)
  if ('data' in read) return []
  return read.faults.map(({ pointer, detail }) => `${pointer} ${detail}`.trimStart())
}

const proto = () => Object.defineProperty({}, '__proto__', { value: 1, enumerable: true, configurable: true })
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
const numbered = (count: number, of: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [of(index), 1]))

describe('the faults of a value', () => {
  it('are those of the likely alternative: the one with fewest faults, where an unknown key counts as ten, or the first', () => {
    const four = z.strictObject({ a: z.number(), b: z.number(), c: z.number(), d: z.number() })
    const other = z.strictObject({ command: z.string() })
    const wrong = { a: 'x', b: 'x', c: 'x', d: 'x' }
    for (const union of [z.union([four, other]), z.union([other, four])])
      expect(faults(union, wrong)).to.deep.equal(['a', 'b', 'c', 'd'].map((key) => `/${key} expected a number, got 'x'`))
    const [text, flag] = [z.object({ a: z.string() }), z.object({ a: z.boolean() })]
    expect(faults(z.union([text, flag]), { a: 1 })).to.deep.equal(['/a expected text, got 1'])
    expect(faults(z.union([flag, text]), { a: 1 })).to.deep.equal(['/a expected true or false, got 1'])
  })

  it('are at most a hundred, the first that were found, from the top, and then how many more there are', () => {
    const schema = z.object({ one: z.strictObject({}), other: z.strictObject({}) })
    const value = { one: numbered(60, (index) => `a${index}`), other: numbered(60, (index) => `b${index}`) }
    // What is found later is further up.
    const where: Where = (_, key = '') => `line ${(key.startsWith('a') ? 200 : 100) - Number(key.slice(1))}, column 1: `
    const found = faults(schema, value, where)
    const expected = [
      ...Array.from(
        { length: 40 },
        (_, i) => `/other/b${39 - i} line ${61 + i}, column 1: unknown key 'b${39 - i}': none is known here`,
      ),
      ...Array.from(
        { length: 60 },
        (_, i) => `/one/a${59 - i} line ${141 + i}, column 1: unknown key 'a${59 - i}': none is known here`,
      ),
      'and 20 more faults',
    ]
    expect(found).to.deep.equal(expected)
    expect(faults(schema, { ...value, other: numbered(40, (index) => `b${index}`) }, where).length).to.equal(mostFaults)
  })

  it('are at least one, with the message of the issue, where an issue has no inner ones', () => {
    const hollow = [
      { code: 'invalid_union', errors: [] },
      { code: 'invalid_union', errors: [[], []] },
      { code: 'invalid_key', origin: 'record', issues: [] },
      { code: 'invalid_union', errors: [[{ code: 'invalid_key', origin: 'record', issues: [], path: [], message: 'inner' }]] },
      { code: 'unrecognized_keys', keys: [] },
    ]
    const said = hollow.map((issue) => {
      const schema = z.unknown().superRefine((value, { issues }) => {
        issues.push({ ...issue, path: ['a'], input: value, message: 'is hollow' } as unknown as z.core.$ZodRawIssue)
      })
      expect(() => parseWith(schema, {}, 'it')).to.throw(Problem, 'it is not valid: /a')
      return faults(schema, {})
    })
    expect(said).to.deep.equal([['/a is hollow'], ['/a is hollow'], ['/a is hollow'], ['/a inner'], ['/a is hollow']])
  })

  it('are in the order in which they were found, where they have no position', () => {
    const says = (message: string) => z.string().refine(() => false, message)
    const schema = z.object({ a: says('not as in line 9, column 1: b'), b: says('not as in line 1, column 1: a') })
    expect(faults(schema, { a: '', b: '' })).to.deep.equal([
      '/a not as in line 9, column 1: b',
      '/b not as in line 1, column 1: a',
    ])
    const where: Where = ([key]) => (key === 'b' ? 'line 2, column 10: ' : key === 'c' ? 'line 2, column 9: ' : '')
    const more = z.object({ a: z.string(), b: z.string(), c: z.string() })
    expect(faults(more, { a: 1, b: 1, c: 1 }, where).map((fault) => fault.slice(0, 2))).to.deep.equal(['/c', '/b', '/a'])
  })

  const name = z.strictObject({ name: z.string() })
  const asks = "; is 'nmae' meant to be 'name'?"
  const missing: readonly (readonly [what: string, schema: z.ZodType, value: unknown, hint: string])[] = [
    ['a missing key', name, { nmae: 'x' }, asks],
    ['a missing key further in', z.object({ of: z.array(name) }), { of: [{ nmae: 'x' }] }, asks],
    ['a key that is there', name, { name: 7, nmae: 'x' }, ''],
    ['a key that is there further in', z.object({ of: z.array(name) }), { of: [{ name: 7, nmae: 'x' }] }, ''],
    ['a missing key beside another unknown one', name, { other: 'x' }, ''],
    ['a missing key beside a hundred others', name, { ...numbered(mostFaults, (index) => `k${index}`), nmae: 'x' }, ''],
    ['a missing key of a list', z.object({ of: z.array(z.string()) }), { of: [undefined] }, ''],
    [
      'a missing key of a block with another fault',
      name.superRefine((_, ctx) => ctx.addIssue({ code: 'custom', message: 'odd' }), { when: () => true }),
      { nmae: 'x' },
      asks,
    ],
    [
      'a missing key that every object inherits',
      z.strictObject({ toString: z.string() }),
      { tostring: 'x' },
      "; is 'tostring' meant to be 'toString'?",
    ],
  ]
  for (const [what, schema, value, hint] of missing)
    it(`of ${what} ${hint === '' ? 'ask for no other key' : 'ask for the key that was written'}`, () => {
      const found = faults(schema, value).filter((fault) => !/unknown key|odd|more/.test(fault))
      expect(found.length).to.equal(1)
      expect(found[0]).to.match(hint === '' ? /^[^;]*$/ : new RegExp(`${hint.replace('?', '\\?')}$`))
    })

  it('say of a key that another alternative has that it does not go with the others', () => {
    const hook = z.union([z.strictObject({ http: z.url() }), z.strictObject({ command: z.string() })])
    expect(faults(hook, { http: 7, command: 'x' })).to.deep.equal([
      "/http unknown key 'http': it does not go with the others here",
    ])
  })

  it('say of a key that is refused what is wrong with it first', () => {
    const schema = z.record(z.string().min(3).startsWith('a'), z.number())
    expect(faults(schema, { x: 1 })).to.deep.equal(['/x expected at least 3 characters, got 1 character'])
  })

  it('name a missing key, and no missing member of a list', () => {
    const schema = z.object({ of: z.array(z.string()), at: z.string() })
    expect(faults(schema, { of: [undefined] })).to.deep.equal([
      '/of/0 is missing: expected text',
      "/at 'at' is missing: expected text",
    ])
  })

  it('are at the block around a key that is too long for an answer', () => {
    const pointers = [200, 201].map((length) => faults(z.strictObject({}), { ['k'.repeat(length)]: 1 })[0]?.split(' ')[0])
    expect(pointers).to.deep.equal([`/${'k'.repeat(200)}`, 'unknown'])
    expect(faults(z.strictObject({}), { 'a/b~c': 1 })[0]).to.match(/^\/a~1b~0c /)
  })
})

describe('the shape of a value', () => {
  const any = z.any()

  it('is at most as deep as any declaration needs, whatever its schema', () => {
    expect(faults(any, nested(deepest + 1))).to.deep.equal([])
    for (const schema of [any, z.string()])
      expect(faults(schema, nested(deepest + 2), (path) => `line ${path.length + 1}, column 1: `)).to.deep.equal([
        'line 1, column 1: it is nested too deeply',
      ])
  })

  it('has no key __proto__, which is reported once where it is, and for a hundred of them', () => {
    expect(faults(any, { a: [proto()] })).to.deep.equal(["/a/0/__proto__ '__proto__' cannot be a key"])
    const shared = proto()
    expect(faults(any, [shared, shared]).length, 'in two positions').to.equal(1)
    const many = faults(any, Array.from({ length: 300 }, proto))
    expect([many.length, many.at(-1)]).to.deep.equal([101, 'and 1 more faults'])
    expect(faults(z.string(), proto())).to.deep.equal([
      "/__proto__ '__proto__' cannot be a key",
      'expected text, got a block of keys',
    ])
  })

  it('may have itself inside, where its schema allows it', () => {
    const within: unknown[] = []
    within.push(within)
    expect(faults(any, within)).to.deep.equal([])
  })
})

describe('a value from outside', () => {
  const schema = z.strictObject({ count: z.string().transform(Number), since: z.date().optional() })

  it('is parsed, or refused with what it is, and its first fault', () => {
    expect(parseWith(schema, { count: '7' }, 'the body')).to.deep.equal({ count: 7 })
    expect(() => parseWith(schema, 7, 'the body')).to.throw('the body is not valid: expected a block of keys, got 7')
    expect(() => parseWith(schema, { count: 7 }, 'the body')).to.throw('the body is not valid: /count expected text, got 7')
  })

  it('is told the keys of what cannot be written as JSON Schema too', () => {
    expect(() => parseWith(schema, { count: '7', other: 1 }, 'the body')).to.throw("unknown key 'other': known are count, since")
  })
})
