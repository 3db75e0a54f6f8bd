/** What differs between two parsed declarations: durations are milliseconds, and every default is filled in. */

export interface Difference {
  /** A path such as `environments.production.watchMs`. Members of a list go by their name where they have one. */
  readonly at: string
  /** Undefined: it is new. */
  readonly before?: unknown
  /** Undefined: it is removed. */
  readonly after?: unknown
}

/** In the order of the newer declaration, then what it no longer has. */
export function differences(before: unknown, after: unknown, at = ''): readonly Difference[] {
  const [old, now] = [membersOf(before), membersOf(after)]
  if (old === null || now === null)
    return JSON.stringify(before) === JSON.stringify(after)
      ? []
      : [{ at, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
  const names = new Set([...now.keys(), ...old.keys()])
  return [...names].flatMap((name) => differences(old.get(name), now.get(name), at === '' ? name : `${at}.${name}`))
}

/** Null for what has no members of its own. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const names = value.map((one: unknown) => (typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : null))
  const isNamed = names.every((name) => name !== null) && new Set(names).size === names.length
  return new Map(value.map((one: unknown, index) => [isNamed ? (names[index] ?? '') : String(index), one]))
}
