/** zod's issues in the form answers have: flat, each with a JSON Pointer, unions by the branch that was meant. */
import { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import { faultText } from './fault-text.ts'
import { knownKeys } from './known-keys.ts'
import { nearest } from './nearest.ts'

/** JSON Pointer (RFC 6901) of a path. */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Issues without unions: of those the branch with the fewest faults counts, which is the one that was meant. */
export function flatIssues(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
    const branches = issue.errors.map((branch) => flatIssues(branch as readonly z.core.$ZodIssue[]))
    const meant = branches.toSorted((a, b) => cost(a) - cost(b))[0] ?? []
    return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
  })
}

/** An unknown key speaks against a branch more than anything else. */
const cost = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 * issue.keys.length : 1), 0)

/** Faults of a failed parse of `value`; `schema` is asked which keys there are. */
const faultsOf = (error: z.ZodError, schema: z.ZodType, value: unknown): readonly Fault[] =>
  flatIssues(error.issues).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? unknownKeys(issue, knownKeys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), value, issue.path))
      : [{ pointer: pointerOf(issue.path), detail: issue.message }],
  )

/** One fault per key, each with what was probably meant; `where` places it in a text. */
export const unknownKeys = (
  { keys, path }: Pick<z.core.$ZodIssueUnrecognizedKeys, 'keys' | 'path'>,
  known: readonly string[],
  where: (key: string) => string = () => '',
): readonly Fault[] =>
  keys.map((key) => {
    const near = nearest(key, known)
    const hint =
      near !== undefined ? `did you mean '${near}'?` : known.length > 0 ? `known are ${known.join(', ')}` : 'none is known here'
    return { pointer: pointerOf([...path, key]), detail: `${where(key)}unknown key '${key}': ${hint}` }
  })

/** Parses what came from outside. @throws Problem invalid-input that names `what`, with pointers */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value, { error: faultText })
  if (parsed.success) return parsed.data
  const errors = faultsOf(parsed.error, schema, value)
  const [first] = errors
  const where = first?.pointer ? `${first.pointer} ` : ''
  throw new Problem('invalid-input', `${what} is not valid: ${where}${first?.detail ?? 'unknown fault'}`, { errors })
}
