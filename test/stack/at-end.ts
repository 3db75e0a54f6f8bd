/** What a test run, or a benchmark on the same parts, started is ended with it, last started first; also with one that is interrupted. */
import { after } from 'mocha'
import { livingChildren } from '../../ops/components/process.ts'

const ends: (() => Promise<void>)[] = []

export const atEnd = (end: () => Promise<void>): void => {
  ends.unshift(end)
}

/** Ends all of it. A benchmark calls this itself: mocha does it for tests. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0)) await end()
}

// Outside mocha there is nothing to hook into.
const isMocha = 'describe' in globalThis
if (isMocha) {
  after(async function () {
    this.timeout(60_000)
    await endAll()
  })
}

/** Less than a run's runner waits before it kills. */
const graceMs = 8_000

async function endInterrupted(): Promise<void> {
  await Promise.all(livingChildren().map((child) => child.stop(graceMs)))
  process.exit(1)
}

// Children lead groups of their own, so who ends the run's group does not reach them. Ctrl-C under mocha runs the hooks as usual.
for (const signal of isMocha ? (['SIGTERM'] as const) : (['SIGTERM', 'SIGINT'] as const))
  process.once(signal, () => void endInterrupted())
