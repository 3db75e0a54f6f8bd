/** Prints the declaration's JSON Schema, for editors. It needs no API, because the command line has the same schemas. */
import type { Run } from '../context.ts'

export const printSchema: Run = async ({ terminal }) => {
  // Imported only here, because it would slow down the start of every other command.
  const { declarationSchemaText } = await import('../init/declaration-schema.ts')
  terminal.write(declarationSchemaText())
}
