/** What a test run, or a benchmark on the same parts, started is ended with it, last started first. */
import { after } from 'mocha'

const ends: (() => Promise<void>)[] = []

export const atEnd = (end: () => Promise<void>): void => {
  ends.unshift(end)
}

/** Ends all of it. A benchmark calls this itself: mocha does it for tests. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0)) await end()
}

// Outside mocha there is nothing to hook into.
if ('describe' in globalThis) {
  after(async function () {
    this.timeout(60_000)
    await endAll()
  })
}
