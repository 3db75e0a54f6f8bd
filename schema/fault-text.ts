/** What is wrong with a value, in our words: expected and got. Said wherever a schema has no sentence of its own. */
import type { z } from 'zod'

type Issue = z.core.$ZodRawIssue

const names: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
  null: 'null',
  undefined: 'nothing',
}

/** The sentence of an issue; undefined leaves it to the library. For `error` of a parse. */
export function faultText(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return expected(names[issue.expected] ?? issue.expected, issue.input)
    case 'invalid_value':
      return expected(`${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`, issue.input)
    case 'too_small':
      return sized(issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum), issue.origin, issue.input)
    case 'too_big':
      return sized(issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum), issue.origin, issue.input)
    case 'invalid_union':
      return expected('another form', issue.input)
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'keys' : 'key'} ${issue.keys.map((key) => `'${key}'`).join(', ')}`
    default:
      return undefined
  }
}

const expected = (what: string, input: unknown): string =>
  input === undefined ? `is missing: expected ${what}` : `expected ${what}, got ${shown(input)}`

function sized(bound: string, limit: number, origin: string, input: unknown): string {
  const of = (count: number, unit: string) => (unit === '' ? String(count) : `${count} ${unit}${count === 1 ? '' : 's'}`)
  if (typeof input === 'string') return `expected ${bound} ${of(limit, 'character')}, got ${of(input.length, 'character')}`
  if (Array.isArray(input)) return `expected ${bound} ${of(limit, 'entry').replace('entrys', 'entries')}, got ${input.length}`
  return `expected ${bound} ${limit}, got ${origin === 'number' || origin === 'int' ? String(input) : shown(input)}`
}

/** What came, short: a whole document is not said back, and a long text only as far as it can be told apart. */
function shown(input: unknown): string {
  if (typeof input === 'string') return `'${input.length > 60 ? `${input.slice(0, 60)}…` : input}'`
  if (Number.isNaN(input)) return 'something else'
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return String(input)
  return Array.isArray(input) ? 'a list' : 'a block of keys'
}
