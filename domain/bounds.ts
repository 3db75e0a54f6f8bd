/**
 * What the operating system, HTTP and a timer accept. Declarations are checked against these bounds, because a value that is refused later
 * would fail a release.
 */

/** A year. No sum of such durations leaves the whole numbers. */
export const longestDurationMs = 366 * 86_400_000

/** The longest duration that a timer of Node holds, 24.8 days. Beyond it, Node fires at once. */
export const longestTimerMs = 2 ** 31 - 1

/** The target of a request: printable ASCII. Other characters are written with `%`, and a fragment never leaves the browser. */
export const isRequestPath = (text: string): boolean => /^\/[!-"$-~]*$/.test(text)
export const longestPath = 2_000

/** An argument may be any text without U+0000. Half a surrogate pair would reach the process as another character. */
export const isArgument = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
/** One argument or variable, in bytes. Linux takes 128 KiB. */
export const longestArgument = 100_000
/** All arguments and variables of one process, in bytes. Linux takes 2 MiB with its usual stack. */
export const longestArguments = 1_000_000
export const mostArguments = 1_000
/** Linux takes 4,096 bytes. */
export const longestFileName = 4_000

/** A text of one line, as names and labels are. */
export const isLine = (text: string): boolean => !/\p{Cc}/u.test(text) && text.isWellFormed()

/** A text of many lines. */
export const isText = (text: string): boolean => !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(text) && text.isWellFormed()

/** In bytes of UTF-8. */
export const bytesOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + utf8Length(text), 0)

function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

/**
 * The most members of a list that an answer about something else names. A person reads no more at once; the list itself has all, page by
 * page.
 */
export const mostNamed = 20

/** The first members of a list, and how many more there are. */
export const firstOf = <Item>(items: readonly Item[]): { readonly items: Item[]; readonly more: number } => ({
  items: items.slice(0, mostNamed),
  more: Math.max(0, items.length - mostNamed),
})
