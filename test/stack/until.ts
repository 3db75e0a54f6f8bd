/** Waits for a condition, with a deadline that names what was missing. */
import { setTimeout as pause } from 'node:timers/promises'

/** Polls `look` until it answers a value. Fails with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  withinMs = 20_000,
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > end) throw new Error(`not seen within ${withinMs} ms: ${what}`)
    await pause(25)
  }
}
