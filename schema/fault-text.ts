/** The sentences about faults for every schema that has none of its own: what was expected, and what the value is. */
import type { z } from 'zod'
import { memberOf } from './beside.ts'
import { nearest } from './nearest.ts'

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

/** The sentence of an issue, for the option `error` of a parse. */
export function faultText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expected(names[issue.expected] ?? issue.expected, issue.input)
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input)
    case 'too_small':
      return sized(issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum), issue.input)
    case 'too_big':
      return sized(issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum), issue.input)
    case 'invalid_union':
      return unionText(issue)
    case 'invalid_format':
      return expected(formatText(issue), issue.input)
    case 'not_multiple_of':
      return expected(`a multiple of ${issue.divisor}`, issue.input)
    // issues.ts has a sentence for each unknown key, and for what is wrong with a key.
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return `${shown(issue.input)} does not fit here`
  }
}

const formats: Readonly<Record<string, string>> = {
  url: 'an address such as https://example.org/path',
  json_string: 'JSON',
  base64: 'base64',
  datetime: 'an instant such as 2026-01-31T12:00:00Z',
}

/** The form that a text must have. A pattern is shown as it is. */
function formatText(issue: Issue & { readonly code: 'invalid_format' }): string {
  const { format } = issue
  if (format === 'starts_with') return `a text that begins with ${shown(issue.prefix)}`
  if (format === 'ends_with') return `a text that ends with ${shown(issue.suffix)}`
  if (format === 'includes') return `a text with ${shown(issue.includes)} in it`
  if (format === 'regex') return `a text like ${String(issue.pattern)}`
  return formats[format] ?? `a text of the form ${format}`
}

/**
 * Names the alternatives of a discriminated union. `input` is the whole value, so the discriminator is read from it. Of other unions nobody
 * reads this, because issues.ts shows the faults of one alternative.
 */
function unionText(issue: Issue & { readonly code: 'invalid_union' }): string {
  const { discriminator = '', options = [] } = issue as { readonly discriminator?: string; readonly options?: readonly unknown[] }
  return oneOf(options.map(String), memberOf(issue.input, discriminator))
}

function oneOf(values: readonly string[], input: unknown): string {
  const near = typeof input === 'string' ? nearest(input, values) : undefined
  const what = `${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`
  return `${expected(what, input)}${near === undefined ? '' : `: did you mean '${near}'?`}`
}

const expected = (what: string, input: unknown): string =>
  input === undefined ? `is missing: expected ${what}` : `expected ${what}, got ${shown(input)}`

function sized(bound: string, limit: number, input: unknown): string {
  if (typeof input === 'string') return `expected ${bound} ${characters(limit)}, got ${characters(input.length)}`
  if (Array.isArray(input)) return `expected ${bound} ${limit === 1 ? '1 entry' : `${limit} entries`}, got ${input.length}`
  return `expected ${bound} ${limit}, got ${shown(input)}`
}

const characters = (count: number): string => (count === 1 ? '1 character' : `${count} characters`)

/** The value, shortened: lists and blocks by name only, long texts by their beginning. */
function shown(input: unknown): string {
  if (typeof input === 'string') return `'${input.length > 60 ? `${input.slice(0, 60)}…` : input}'`
  if (Number.isNaN(input)) return 'something else'
  if (input === null || typeof input === 'number' || typeof input === 'boolean') return String(input)
  return Array.isArray(input) ? 'a list' : 'a block of keys'
}
