/**
 * What PostgreSQL can keep of a value. Its text has no U+0000, and its JSON neither that nor half a surrogate pair. A person's reason and a
 * service's output may hold both. A statement that fails for them would fail at every retry, and the revert with it.
 */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

declare const ofJson: unique symbol
/** The text of a JSON value of this type. */
export type JsonText<T> = string & { readonly [ofJson]: T }

/**
 * A value for a JSON column; null for undefined. Every JSON column is written by this function, because a text does not say whether it is
 * JSON, and a plain text must not be altered as if it were.
 */
export const jsonOf = <T>(value: T): undefined extends T ? JsonText<T> | null : JsonText<T> =>
  (value === undefined ? null : textOf(value)) as undefined extends T ? JsonText<T> | null : JsonText<T>

/** A JSON value as PostgreSQL returns it, for bytes that are kept beside it. */
export const storableJson = <T extends object>(value: T): T => JSON.parse(textOf(value)) as T

function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  // JSON.stringify escapes half a surrogate pair, and no whole one.
  return text.includes('\\u') ? text.replace(unstorable, '$1\\ufffd') : text
}

/** A parameter of a statement, with its texts as PostgreSQL can keep them. */
export function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable)
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
