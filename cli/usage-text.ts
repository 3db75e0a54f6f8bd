/** Rewrites commander's messages about wrong usage: which word is wrong, what is missing, and what is allowed. */

const sentences: readonly (readonly [pattern: RegExp, ours: string])[] = [
  [/^missing required argument '(.+)'$/, '<$1> is missing'],
  [/^option '(.+)' argument missing$/, '$1 needs a value'],
  [/^required option '(.+)' not specified$/, '$1 is missing'],
  [/^command-argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.+)\.$/s, "'$1' is not a $2: use $3"],
  [/^unknown option '(.+)'$/s, "there is no flag '$1' here"],
  [/^unknown command '(.+)'$/s, "there is no command '$1'"],
  [/^too many arguments.*\. Expected \d+ arguments? but got \d+: (.+)\.$/s, 'there are too many arguments: $1'],
]

export interface UsageFault {
  readonly message: string
  /** The word that was probably meant, or null. */
  readonly meant: string | null
}

/** @param text commander's message: `error: unknown command 'strt' (Did you mean start?)` */
export function usageFault(text: string): UsageFault {
  const [, message = text, meant = null] = /^(?:error: )?([\s\S]*?)(?:\s*\(Did you mean (.*?)\?\))?\s*$/.exec(text) ?? []
  const known = sentences.find(([pattern]) => pattern.test(message.trim()))
  return { message: known ? message.trim().replace(known[0], known[1]) : message.trim(), meant }
}
