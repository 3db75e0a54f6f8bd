/** The environment variables of a replica, with the present values of secrets, and the texts that its output must not repeat. */
import type { EnvValue } from '../adapters/env-value.ts'

export interface Environment {
  readonly env: Readonly<Record<string, string>>
  /** The lines of secrets. A service that prints its environment would put them into logs and into a verdict's evidence. */
  readonly hidden: readonly string[]
}

/** A shorter text occurs in too many lines by chance to be removed from them. */
const shortestHidden = 6

/** @param secretOf throws Problem secret-unavailable */
export function environmentOf(declared: Readonly<Record<string, EnvValue>>, secretOf: (name: string) => string): Environment {
  const hidden = new Set<string>()
  const env = Object.fromEntries(
    Object.entries(declared).map(([variable, value]) => {
      if (typeof value === 'string') return [variable, value]
      const secret = secretOf(value.secret)
      for (const line of secret.split(/\r?\n/)) if (line.length >= shortestHidden) hidden.add(line)
      return [variable, secret]
    }),
  )
  // The longest come first, because a secret that contains another would otherwise stay readable in part.
  return { env, hidden: [...hidden].toSorted((a, b) => b.length - a.length) }
}

export const withoutSecrets = (line: string, hidden: readonly string[]): string =>
  hidden.reduce((text, secret) => text.replaceAll(secret, '***'), line)
