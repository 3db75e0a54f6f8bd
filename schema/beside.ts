/**
 * Checks that compare values with each other. They run beside faults of single values, so that a person gets all of them at once: what they
 * are given may be anything, and is read as such.
 */
import type { z } from 'zod'

/** For `superRefine`: whatever else is wrong. */
export const beside = { when: () => true } as const

/** Tells a fault at a path below the value that is checked. */
export type Tell = (path: readonly (string | number)[], message: string) => void

/** A check that is told at paths below `at`. */
export const telling =
  (ctx: Pick<z.RefinementCtx, 'addIssue'>, at: readonly (string | number)[] = []): Tell =>
  (path, message) =>
    ctx.addIssue({ code: 'custom', path: [...at, ...path], message })

/** A member of what may not be an object. */
export const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
