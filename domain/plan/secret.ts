/** A plan names secrets and never carries them. It holds keyed digests, which tell only that a value changed. */

/** By the secret's name. */
export type SecretDigests = Readonly<Record<string, string>>

/** What was found for one declaration, by environment. */
export interface FoundSecrets {
  /** Digest of the declaration that names them. Another declaration may name others. */
  readonly declarationDigest: string
  readonly environments: Readonly<Record<string, SecretDigests>>
}
