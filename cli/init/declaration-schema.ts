/** The schema of a declaration with the providers of this build. `holdfast schema` prints it, and `holdfast init` checks its file by it. */
import { metricsProviders } from '../../adapters/metrics/index.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import { trafficProviders } from '../../adapters/traffic/index.ts'
import type { DeclarationSchema } from '../../schema/declaration.ts'
import { createDeclarationSchema, declarationJsonSchema } from '../../schema/declaration.ts'

export const declarationSchema = (): DeclarationSchema =>
  createDeclarationSchema({ targets: targetProviders, traffics: trafficProviders, metrics: metricsProviders })

/** JSON Schema 2020-12, for editors. */
export const declarationSchemaText = (): string => `${JSON.stringify(declarationJsonSchema(declarationSchema()), null, 2)}\n`
