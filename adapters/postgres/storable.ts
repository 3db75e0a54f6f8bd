/**
 * What PostgreSQL can keep of a value. Its text has no U+0000, and its JSON neither that nor half a surrogate pair; a person's reason and a
 * service's output may have both, and a statement that fails for them would fail for ever: the way back with it.
 */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** A JSON value as it will be read back, for bytes that are kept beside it. */
export const storableJson = <T>(value: T): T => JSON.parse(storable(JSON.stringify(value)) as string) as T

export function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'string') return value
  const text = value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
  // Of a pair JSON.stringify writes no escapes.
  return text.includes('\\u') ? text.replace(unstorable, '$1\\ufffd') : text
}
