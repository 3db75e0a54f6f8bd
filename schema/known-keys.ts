/** The keys that a JSON Schema knows at a position of a value. An unknown key is compared with them. */

type Schema = Readonly<Record<string, unknown>>

/** The keys known at `path` of `value`. For a union, those of the branches whose `kind` fits. */
export function knownKeys(root: Schema, value: unknown, path: readonly PropertyKey[]): readonly string[] {
  let schemas = branches(root, root, value)
  let here = value
  for (const part of path) {
    here = member(here, part)
    schemas = schemas.flatMap((schema) => {
      const inner = typeof part === 'number' ? schema.items : member(schema.properties, String(part))
      return inner ? branches(root, inner as Schema, here) : []
    })
  }
  return [...new Set(schemas.flatMap((schema) => Object.keys((schema.properties as Schema | undefined) ?? {})))]
}

/** The schema itself, or its alternatives, with references resolved. */
function branches(root: Schema, schema: Schema, value: unknown): readonly Schema[] {
  const target = typeof schema.$ref === 'string' ? resolve(root, schema.$ref) : schema
  const alternatives = ['anyOf', 'oneOf', 'allOf'].flatMap((word) => (target[word] as readonly Schema[] | undefined) ?? [])
  if (alternatives.length === 0) return [target]
  return alternatives.flatMap((one) => branches(root, one, value)).filter((one) => fits(one, value))
}

const resolve = (root: Schema, ref: string): Schema =>
  ref
    .slice(2)
    .split('/')
    .filter((part) => part !== '')
    .reduce<Schema>((schema, part) => schema[part] as Schema, root)

function fits(schema: Schema, value: unknown): boolean {
  const kind = (schema.properties as Record<string, Schema> | undefined)?.kind
  const declared = member(value, 'kind')
  return kind?.const === undefined || declared === undefined || kind.const === declared
}

const member = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined
