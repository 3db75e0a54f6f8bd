/** zod's issues in the form answers have: flat, each with a JSON Pointer, unions by the branch that was meant. */
import type { z } from 'zod'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'

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

/** Faults of a failed parse. */
export const faultsOf = (error: z.ZodError): readonly Fault[] =>
  flatIssues(error.issues).map(({ path, message }) => ({ pointer: pointerOf(path), detail: message }))

/** Parses what came from outside. @throws Problem invalid-input that names `what`, with pointers */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = faultsOf(parsed.error)
  throw new Problem('invalid-input', `${what} is not valid: ${errors[0]?.detail ?? 'unknown fault'}`, { errors })
}
