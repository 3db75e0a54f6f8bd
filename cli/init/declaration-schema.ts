/** The schema of a declaration with the products that this build has: what `holdfast schema` prints and `holdfast init` writes for. */
import { metricsProducts } from '../../adapters/metrics/index.ts'
import { targetProducts } from '../../adapters/target/index.ts'
import { trafficProducts } from '../../adapters/traffic/index.ts'
import type { DeclarationSchema } from '../../schema/declaration.ts'
import { createDeclarationSchema, declarationJsonSchema } from '../../schema/declaration.ts'

export const declarationSchema = (): DeclarationSchema =>
  createDeclarationSchema({ targets: targetProducts, traffics: trafficProducts, metrics: metricsProducts })

/** JSON Schema 2020-12, for editors. */
export const declarationSchemaText = (): string => `${JSON.stringify(declarationJsonSchema(declarationSchema()), null, 2)}\n`
