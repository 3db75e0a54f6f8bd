/**
 * Checks that compare values with each other. They run even when single values are wrong, so that a person gets all faults at once. Their
 * input may therefore be anything, and these functions read it as such.
 */
import type { z } from 'zod'

/** Makes a `superRefine` run whatever else is wrong. */
export const beside = { when: () => true } as const

/** Reports a fault at a path below the value that is checked. */
export type Tell = (path: readonly (string | number)[], message: string) => void

/** A `Tell` for paths below `at`. */
export const telling =
  (ctx: Pick<z.RefinementCtx, 'addIssue'>, at: readonly (string | number)[] = []): Tell =>
  (path, message) =>
    ctx.addIssue({ code: 'custom', path: [...at, ...path], message })

/** A member of a value that may be no object; undefined then. */
export const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
