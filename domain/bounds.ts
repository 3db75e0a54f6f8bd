/**
 * What the operating system, HTTP and a timer take. Everything that an owner declares is held to it where it is declared: what one of
 * them refuses later would fail a release, or whoever works on it.
 */

/** Nobody waits longer than a year, and no sum of such durations leaves the whole numbers. */
export const longestDurationMs = 366 * 86_400_000

/** What one of Node's timers can hold, 24.8 days; beyond it they fire at once. */
export const longestTimerMs = 2 ** 31 - 1

/** Of a request's target: printable ASCII; what is beyond it is written as `%`. A fragment is the browser's. */
export const isRequestPath = (text: string): boolean => /^\/[!-"$-~]*$/.test(text)
export const longestPath = 2_000

/** A process takes any text but U+0000; half a character would reach it as another one. */
export const isArgument = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
/** Of one argument or variable, in bytes: Linux takes 128 KiB. */
export const longestArgument = 100_000
/** Of all arguments and variables of one process, in bytes: Linux takes 2 MiB where the stack is as usual. */
export const longestArguments = 1_000_000
export const mostArguments = 1_000
/** Of Linux, in bytes. */
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
