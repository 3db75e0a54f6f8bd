/** Every key of a declaration as a row, from its JSON Schema. A test compares docs/declaration.md with these rows. */

export interface DeclarationKey {
  /** `environments[].strategy(canary).steps[].weight`: lists with `[]`, alternatives of a kind in parentheses. */
  readonly key: string
  readonly type: string
  /** The default as a person would write it; null when the key is needed, or has no default. */
  readonly preset: string | null
  readonly isNeeded: boolean
  readonly meaning: string
}

type Schema = Readonly<Record<string, unknown>>

/** Rows in the order of the schema. */
export const declarationKeys = (schema: Schema): readonly DeclarationKey[] => keysOf(schema, '')

function keysOf(schema: Schema, path: string): readonly DeclarationKey[] {
  const alternatives = alternativesOf(schema)
  if (alternatives.length > 0)
    return alternatives.flatMap((one) => keysOf(one, alternatives.length > 1 || kindOf(one) ? `${path}${nameOf(one)}` : path))
  if (schema.type === 'array') return keysOf(schema.items as Schema, `${path}[]`)
  const properties = (schema.properties as Readonly<Record<string, Schema>> | undefined) ?? {}
  const needed = (schema.required as readonly string[] | undefined) ?? []
  return Object.entries(properties).flatMap(([name, member]) => {
    const key = path === '' ? name : `${path}.${name}`
    if (name === 'kind' && member.const !== undefined && path !== '') return []
    return [rowOf(key, member, needed.includes(name)), ...keysOf(member, key)]
  })
}

/** Alternatives that are a text or a number are left out, because they have no keys. */
const alternativesOf = (schema: Schema): readonly Schema[] =>
  [...((schema.anyOf ?? schema.oneOf ?? []) as readonly Schema[])].filter((one) => one.properties !== undefined)

const kindOf = (schema: Schema): string | undefined =>
  (schema.properties as Readonly<Record<string, Schema>> | undefined)?.kind?.const as string | undefined

/** An alternative is named by its kind, or else by the first key that it needs. */
const nameOf = (schema: Schema): string => `(${kindOf(schema) ?? (schema.required as readonly string[] | undefined)?.[0] ?? ''})`

const rowOf = (key: string, schema: Schema, isNeeded: boolean): DeclarationKey => ({
  key,
  type: typeOf(schema),
  preset: schema.default === undefined ? null : textOf(schema.default),
  isNeeded: isNeeded && schema.default === undefined,
  meaning: typeof schema.description === 'string' ? schema.description : '',
})

function typeOf(schema: Schema): string {
  if (typeof schema.format === 'string' && schema.format.startsWith('holdfast-')) return schema.format.slice('holdfast-'.length)
  // Providers declare durations with a pattern of their own, which is recognised by its units.
  if (typeof schema.pattern === 'string' && schema.pattern.includes('(ms|s|m|h')) return 'duration'
  if (schema.const !== undefined) return `\`${textOf(schema.const)}\``
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => `\`${textOf(one)}\``).join(', ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items as Schema)}`
  if (schema.type === 'object') return schema.properties === undefined ? 'map' : 'block'
  const parts = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined
  if (parts) return [...new Set(parts.filter((one) => one.type !== 'null').map(typeOf))].join(' or ')
  return schema.type === 'string' ? 'text' : schema.type === 'integer' ? 'whole number' : textOf(schema.type ?? 'anything')
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The table of docs/declaration.md. */
export function declarationTable(keys: readonly DeclarationKey[]): string {
  const rows = keys.map(({ key, type, preset, isNeeded, meaning }) => {
    const given = preset === null ? (isNeeded ? '**needed**' : '') : `\`${preset}\``
    return `| \`${key}\` | ${type} | ${given} | ${meaning.replaceAll('|', '\\|')} |`
  })
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}
