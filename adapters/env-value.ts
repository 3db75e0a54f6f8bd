/** What a declared environment variable may be: a text, or the name of a secret that the operator has opened to the service. */
import { z } from 'zod'

export const secretName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'a secret has 1-63 lower-case letters, digits and dashes, beginning with a letter')

/** The variables that the runtime itself sets for every replica. A declared one would be overridden silently, so it is refused. */
export const givenNames: readonly string[] = ['PORT', 'HOST', 'PATH', 'HOME']

/** The longest variable that Linux accepts, including its name. */
const longestBytes = 131_072

/** A name that a process can be given. */
export const EnvName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, 'a variable is named with letters, digits and _, not beginning with a digit')
  .refine((name) => !givenNames.includes(name), {
    error: ({ input }) => `${String(input)} is set by Holdfast for each replica and cannot be declared`,
  })

/** A value that a process can be given. */
export const EnvText = z
  .string()
  .refine((text) => !text.includes('\0'), 'a variable cannot contain the character U+0000')
  .refine((text) => Buffer.byteLength(text) <= longestBytes - 256, `a variable has at most ${longestBytes - 256} bytes`)

/** Only a reference: a declaration cannot name a file or a variable of the operator, and its readers see no value. */
export const secretReference = z.strictObject({ secret: secretName })

export type EnvValue = string | z.output<typeof secretReference>

/** Names of the secrets in an environment, each once. */
export const secretsIn = (env: Readonly<Record<string, EnvValue>>): readonly string[] => [
  ...new Set(Object.values(env).flatMap((value) => (typeof value === 'string' ? [] : [value.secret]))),
]
