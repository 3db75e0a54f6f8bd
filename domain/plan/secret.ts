/** Secrets of a service are named, never carried: what stands here are keyed digests, which tell that a value changed and nothing else. */

/** By the secret's name. */
export type SecretDigests = Readonly<Record<string, string>>

/** What was found for one declaration, by environment. */
export interface FoundSecrets {
  /** Of the declaration that names them: another one may name others. */
  readonly declarationDigest: string
  readonly environments: Readonly<Record<string, SecretDigests>>
}
