/** Turns typed words into a call of the API. The verb's row says where each argument and flag goes. */
import type { Verb } from '../../schema/verb.ts'
import type { Call } from '../client.ts'
import type { Typed } from '../context.ts'

/** Commander names flags in camelCase. */
export const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The path of a verb with its parameters escaped. */
export const pathOf = (path: string, values: Readonly<Record<string, string | undefined>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))

/** The verb's call. @param more members of the body that are not simply the value of a flag */
export function callOf(verb: Verb, { args, flags }: Typed, more: Readonly<Record<string, unknown>> = {}): Call {
  const parts: Record<'body' | 'query' | 'path', Record<string, unknown>> = { body: {}, query: {}, path: { ...args } }
  for (const flag of verb.cli?.flags ?? []) {
    const value = flags[camel(flag.name)]
    if (flag.to !== 'local' && value !== undefined) parts[flag.to][flag.field ?? camel(flag.name)] = value
  }
  for (const [name, value] of Object.entries(args))
    if (value !== undefined && !verb.path.includes(`{${name}}`)) parts.query[name] = value
  const body = { ...parts.body, ...more }
  return {
    method: verb.method,
    path: pathOf(verb.path, parts.path as Record<string, string>),
    query: { ...verb.fixedQuery, ...parts.query } as Record<string, string>,
    ...(verb.method === 'POST' || verb.method === 'PUT' ? { body } : {}),
  }
}
