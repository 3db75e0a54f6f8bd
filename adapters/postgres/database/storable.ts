/**
 * What PostgreSQL can keep of a value. Its text has no U+0000, and its JSON neither that nor half a surrogate pair; a person's reason and a
 * service's output may have both, and a statement that fails for them would fail for ever: the revert with it.
 */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

declare const ofJson: unique symbol
/** The text of a JSON value of this type. */
export type JsonText<T> = string & { readonly [ofJson]: T }

/**
 * A value for a column of JSON; undefined is none. Every one is written by this: a text says not whether it is JSON, and none may be altered as
 * if it were.
 */
export const jsonOf = <T>(value: T): undefined extends T ? JsonText<T> | null : JsonText<T> =>
  (value === undefined ? null : textOf(value)) as undefined extends T ? JsonText<T> | null : JsonText<T>

/** A JSON value as it will be read back, for bytes that are kept beside it. */
export const storableJson = <T extends object>(value: T): T => JSON.parse(textOf(value)) as T

function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  // Of a pair JSON.stringify writes no escapes.
  return text.includes('\\u') ? text.replace(unstorable, '$1\\ufffd') : text
}

/** A parameter of a statement: of its texts, what can be kept. */
export function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable)
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
