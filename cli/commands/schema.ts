/** The declaration's JSON Schema, for editors. It needs no API: it is made from the same schemas here. */
import type { Run } from '../context.ts'

export const printSchema: Run = async ({ terminal }) => {
  // Loaded only here: every other command would pay for it at its start.
  const { declarationSchemaText } = await import('../init/declaration-schema.ts')
  terminal.write(declarationSchemaText())
}
