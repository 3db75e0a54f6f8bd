import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import { isProblem } from '../../domain/problem.ts'
import { parseWith } from '../../schema/issues.ts'

function said(schema: z.ZodType, value: unknown): string {
  try {
    parseWith(schema, value, 'it')
    return 'taken'
  } catch (error) {
    if (!isProblem(error, 'invalid-input')) throw error
    return error.errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer} ${detail}`)).join('; ')
  }
}

const kinds = z.discriminatedUnion('kind', [z.object({ kind: z.literal('canary') }), z.object({ kind: z.literal('rolling') })])

/** Every way in which a value can be wrong, in the words that people read. */
const rows: readonly (readonly [schema: z.ZodType, value: unknown, said: string])[] = [
  [z.string(), 7, 'expected text, got 7'],
  [z.string(), null, 'expected text, got null'],
  [z.string(), true, 'expected text, got true'],
  [z.null(), 7, 'expected null, got 7'],
  [z.undefined(), false, 'expected nothing, got false'],
  [z.record(z.string(), z.number()), 'x', "expected a block of keys, got 'x'"],
  [z.date(), 'x', "expected date, got 'x'"],
  [z.number(), Number.NaN, 'expected a number, got something else'],
  [z.number(), '7', "expected a number, got '7'"],
  [z.number(), {}, 'expected a number, got a block of keys'],
  [z.boolean(), [], 'expected true or false, got a list'],
  [z.int(), 1.5, 'expected a whole number, got 1.5'],
  [z.number(), 'a'.repeat(60), `expected a number, got '${'a'.repeat(60)}'`],
  [z.number(), 'a'.repeat(61), `expected a number, got '${'a'.repeat(60)}…'`],
  [z.object({ a: z.string() }), {}, "/a 'a' is missing: expected text"],
  [z.literal('a'), 'z', "expected a, got 'z': did you mean 'a'?"],
  [z.enum(['wait', 'refuse']), 'wiat', "expected one of wait, refuse, got 'wiat': did you mean 'wait'?"],
  [z.enum(['wait', 'refuse']), 'something', "expected one of wait, refuse, got 'something'"],
  [z.enum(['wait', 'refuse']), 7, 'expected one of wait, refuse, got 7'],
  [z.string().min(1), '', 'expected at least 1 character, got 0 characters'],
  [z.string().max(2), 'abc', 'expected at most 2 characters, got 3 characters'],
  [z.string().min(2), 'a', 'expected at least 2 characters, got 1 character'],
  [z.array(z.string()).max(1), ['a', 'b'], 'expected at most 1 entry, got 2'],
  [z.array(z.string()).min(2), ['a'], 'expected at least 2 entries, got 1'],
  [z.number().min(1), 0, 'expected at least 1, got 0'],
  [z.number().gt(1), 1, 'expected more than 1, got 1'],
  [z.number().max(1), 2, 'expected at most 1, got 2'],
  [z.number().lt(1), 1, 'expected less than 1, got 1'],
  [z.number().multipleOf(5), 7, 'expected a multiple of 5, got 7'],
  [z.strictObject({ name: z.string() }), { name: 'a', nmae: 1 }, "/nmae unknown key 'nmae': did you mean 'name'?"],
  [z.strictObject({ name: z.string() }), { name: 'a', other: 1 }, "/other unknown key 'other': known are name"],
  [z.strictObject({}), { other: 1 }, "/other unknown key 'other': none is known here"],
  [z.url(), 'x', "expected an address such as https://example.org/path, got 'x'"],
  [z.iso.datetime(), 'x', "expected an instant such as 2026-01-31T12:00:00Z, got 'x'"],
  [z.base64(), 'x', "expected base64, got 'x'"],
  [z.uuid(), 'x', "expected a text of the form uuid, got 'x'"],
  [z.string().startsWith('a'), 'x', "expected a text that begins with 'a', got 'x'"],
  [z.string().endsWith('a'), 'x', "expected a text that ends with 'a', got 'x'"],
  [z.string().includes('a'), 'x', "expected a text with 'a' in it, got 'x'"],
  [z.string().regex(/^a$/), 'x', "expected a text like /^a$/, got 'x'"],
  [z.string().regex(/^a$/, 'an a'), 'x', 'an a'],
  [z.record(z.string().regex(/^a$/, 'an a'), z.number()), { x: 1 }, '/x an a'],
  [kinds, { kind: 'canry' }, "/kind expected one of canary, rolling, got 'canry': did you mean 'canary'?"],
  [kinds, { kind: 7 }, '/kind expected one of canary, rolling, got 7'],
  [kinds, null, 'expected a block of keys, got null'],
  [kinds, {}, "/kind 'kind' is missing: expected one of canary, rolling"],
  [z.string().refine(() => false), 'x', "'x' does not fit here"],
]

describe('what is said of a value that does not fit', () => {
  for (const [schema, value, text] of rows)
    it(text, () => {
      expect(said(schema, value)).to.equal(text)
    })

  it('is of the alternative that was probably meant: an unknown key speaks against one more than anything else', () => {
    const smoke = z.union([
      z.strictObject({ path: z.string(), status: z.int(), within: z.string() }),
      z.strictObject({ command: z.array(z.string()), within: z.string() }),
    ])
    expect(said(smoke, { path: 7, status: 'x', within: 1 })).to.equal(
      "/path expected text, got 7; /status expected a number, got 'x'; /within expected text, got 1",
    )
    expect(said(smoke, { command: 7, within: 's' })).to.equal('/command expected a list, got 7')
    expect(said(z.object({ smoke: z.array(smoke) }), { smoke: [{ command: 7, within: 's' }] })).to.equal(
      '/smoke/0/command expected a list, got 7',
    )
  })
})
