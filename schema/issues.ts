/**
 * Turns zod's issues into the faults of answers: a flat, bounded list, each with a JSON Pointer. A union reports its likely branch only.
 */
import { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import { memberOf } from './beside.ts'
import { faultText } from './fault-text.ts'
import { knownKeys } from './known-keys.ts'
import { nearest } from './nearest.ts'
import { deepest, shortKey, tooDeep } from './yaml-text.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** The position of a value, or of a key in it, in a text: `line 3, column 5: `. */
export type Where = (path: readonly PropertyKey[], key?: string) => string

/** An answer lists this many faults and counts the rest, because a person reads no more. */
export const mostFaults = 100

/** The first faults, and one entry with the number of the others. */
export const bounded = (faults: readonly Fault[]): readonly Fault[] =>
  faults.length <= mostFaults
    ? faults
    : [...faults.slice(0, mostFaults), { pointer: '', detail: `and ${faults.length - mostFaults} more faults` }]

/** JSON Pointer (RFC 6901) of a path. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/**
 * Replaces the issue of a union by those of its branch with the fewest faults, which is probably the one that was meant. An issue without
 * inner ones stays, so that every issue leaves a fault.
 */
function flatIssues(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    const inner = innerIssues(issue)
    return inner.length === 0 ? [issue] : inner
  })
}

function innerIssues(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  // The inner issue says what is wrong with the key.
  if (issue.code === 'invalid_key') return issue.issues.slice(0, 1).map(({ message }) => ({ ...issue, message }))
  if (issue.code !== 'invalid_union') return []
  const branches = issue.errors.map((branch) => flatIssues(branch as readonly z.core.$ZodIssue[]))
  const faulty = branches.filter(({ length }) => length > 0)
  if (faulty.length === 0) return []
  const meant = faulty.reduce((best, branch) => (cost(branch) < cost(best) ? branch : best))
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** An unknown key speaks against a branch more than anything else. */
const cost = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 * issue.keys.length : 1), 0)

/** The faults of a failed parse of `value`. `schemaOf` gives the known keys. Faults beyond `mostFaults` are only counted. */
export function faultsOf({ issues }: z.ZodError, schemaOf: () => JsonSchema, value: unknown, where: Where): readonly Fault[] {
  let schema: JsonSchema | undefined
  const known = (path: readonly PropertyKey[]) => knownKeys((schema ??= schemaOf()), value, path)
  const flat = flatIssues(issues)
  const unknown = unknownKeysIn(flat)
  let counted = 0
  return flat.flatMap((issue): readonly Fault[] => {
    const of = issue.code === 'unrecognized_keys' && issue.keys.length > 0 ? issue.keys : [undefined]
    const room = Math.max(0, mostFaults - counted)
    counted += of.length
    let names: readonly string[] | undefined
    return of.map((key, index) => {
      if (index >= room) return uncounted
      if (key !== undefined) return unknownKey(issue.path, key, (names ??= known(issue.path)), where)
      return {
        pointer: pointerOf(issue.path),
        detail: `${where(issue.path)}${nameOfMissing(issue)}${issue.message}${perhapsWritten(issue, value, unknown)}`,
      }
    })
  })
}

const uncounted: Fault = { pointer: '', detail: 'one more' }

/** Unknown keys, by the pointer of the block that has them. */
const unknownKeysIn = (issues: readonly z.core.$ZodIssue[]): ReadonlyMap<string, readonly string[]> =>
  new Map(issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [[pointerOf(issue.path), issue.keys]] : [])))

/** A missing key has the position of its block, so the sentence has to name the key. */
const nameOfMissing = ({ path, message }: z.core.$ZodIssue): string => {
  const key = path.at(-1)
  return typeof key === 'string' && message.startsWith('is missing') ? `'${shortKey(key)}' ` : ''
}

/** For a missing key: asks whether an unknown key beside it was meant. */
function perhapsWritten(issue: z.core.$ZodIssue, value: unknown, unknown: ReadonlyMap<string, readonly string[]>): string {
  const key = issue.path.at(-1)
  if (typeof key !== 'string' || valueAt(value, issue.path) !== undefined) return ''
  const near = nearest(key, (unknown.get(pointerOf(issue.path.slice(0, -1))) ?? []).slice(0, mostFaults))
  return near === undefined ? '' : `; is '${near}' meant to be '${key}'?`
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((here, part) => memberOf(here, String(part)), value)

/** Names the key that was probably meant. The pointer of a key that is too long for an answer is that of its block. */
function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[], where: Where): Fault {
  const pointer = pointerOf(key.length > 200 ? path : [...path, key])
  return { pointer, detail: `${where(path, key)}unknown key '${shortKey(key)}': ${hintAt(key, known)}` }
}

function hintAt(key: string, known: readonly string[]): string {
  // Another alternative of a union has it.
  if (known.includes(key)) return 'it does not go with the others here'
  const near = nearest(key, known)
  if (near !== undefined) return `did you mean '${near}'?`
  return known.length > 0 ? `known are ${known.join(', ')}` : 'none is known here'
}

/** The position of a value, linked to the one around it. Copied paths would take time with the square of the depth. */
interface Spot {
  readonly here: object
  readonly around: Spot | null
  readonly key: PropertyKey
  readonly depth: number
}

const pathOf = (spot: Spot): readonly PropertyKey[] => {
  const path: PropertyKey[] = []
  for (let at = spot; at.around !== null; at = at.around) path.unshift(at.key)
  return path
}

const isBlock = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * Checks that no schema can make. `__proto__` is a normal key in JSON and YAML, but zod drops it in silence. Values may also be nested
 * endlessly. Both are refused at any position. A value in several positions (a YAML alias) is checked once.
 */
function shapeFaults(value: unknown, where: Where): { readonly faults: readonly Fault[]; readonly isTooDeep: boolean } {
  const faults: Fault[] = []
  const left: Spot[] = isBlock(value) ? [{ here: value, around: null, key: '', depth: 0 }] : []
  const seen = new Set<object>()
  for (let spot = left.pop(); spot && faults.length <= mostFaults; spot = left.pop()) {
    const { here, depth } = spot
    if (seen.has(here)) continue
    seen.add(here)
    if (depth > deepest) return { faults: [{ pointer: '', detail: `${where([])}${tooDeep}` }], isTooDeep: true }
    if (Object.hasOwn(here, '__proto__')) {
      const path = pathOf(spot)
      const pointer = pointerOf([...path, '__proto__'])
      faults.push({ pointer, detail: `${where(path, '__proto__')}'__proto__' cannot be a key` })
    }
    const step = (member: unknown, key: PropertyKey) => {
      if (isBlock(member)) left.push({ here: member, around: spot, key, depth: depth + 1 })
    }
    if (Array.isArray(here)) here.forEach(step)
    else for (const key of Object.keys(here)) step(here[key as keyof typeof here], key)
  }
  return { faults, isTooDeep: false }
}

/** Parses a value from outside. @throws Problem invalid-input that names `what` and has a pointer for each fault */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const read = readWith(
    schema,
    value,
    () => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    () => '',
  )
  if ('data' in read) return read.data
  const { faults } = read
  const { pointer, detail } = faults[0] as Fault
  throw new Problem('invalid-input', `${what} is not valid: ${pointer === '' ? '' : `${pointer} `}${detail}`, { errors: faults })
}

/** The parsed value, or all its faults. */
export function readWith<S extends z.ZodType>(
  schema: S,
  value: unknown,
  schemaOf: () => JsonSchema,
  where: Where,
): { readonly data: z.output<S> } | { readonly faults: readonly Fault[] } {
  const { faults, isTooDeep } = shapeFaults(value, where)
  if (isTooDeep) return { faults }
  const parsed = schema.safeParse(value, { error: faultText })
  if (parsed.success && faults.length === 0) return { data: parsed.data }
  const all = [...faults, ...(parsed.success ? [] : faultsOf(parsed.error, schemaOf, value, where))]
  return { faults: bounded(fromTheTop(all)) }
}

/** Sorts faults by line and column. Faults without a position come last, in their order. */
function fromTheTop(faults: readonly Fault[]): readonly Fault[] {
  const located = faults.map((fault) => {
    const position = /^line (\d+), column (\d+): /.exec(fault.detail)
    return { fault, at: position === null ? Number.MAX_SAFE_INTEGER : Number(position[1]) * 1e6 + Number(position[2]) }
  })
  return located.toSorted((a, b) => a.at - b.at).map(({ fault }) => fault)
}
