/** What a declared environment variable may be: a text, or the name of a secret that the operator has opened to the service. */
import { z } from 'zod'

export const secretName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'a secret has 1-63 lower-case letters, digits and dashes, beginning with a letter')

/** By reference only: whoever declares can name neither a file nor a variable, and nobody who reads a declaration sees a value. */
export const secretReference = z.strictObject({ secret: secretName })

export type EnvValue = string | z.output<typeof secretReference>

/** Names of the secrets in an environment, each once. */
export const secretsIn = (env: Readonly<Record<string, EnvValue>>): readonly string[] => [
  ...new Set(Object.values(env).flatMap((value) => (typeof value === 'string' ? [] : [value.secret]))),
]
