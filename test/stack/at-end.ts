/** Ends what a test run or a benchmark started, last started first, also when it is interrupted. */
import { after } from 'mocha'
import { livingChildren } from '../../ops/components/process.ts'

const ends: (() => Promise<void>)[] = []

export const atEnd = (end: () => Promise<void>): void => {
  ends.unshift(end)
}

/** Ends everything. A benchmark calls this itself; for tests, mocha does. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0)) await end()
}

// Outside mocha there are no hooks.
const isMocha = 'describe' in globalThis
if (isMocha) {
  after(async function () {
    this.timeout(60_000)
    await endAll()
  })
}

/** Together less than the runner waits before it kills. */
const graceMs = 8_000
const endsMs = 5_000

/** Children first, because they hold data. Then what is no child of this process, such as the parts of a cluster. */
async function endInterrupted(): Promise<void> {
  await Promise.all(livingChildren().map((child) => child.stop(graceMs)))
  const ended = Promise.all(ends.splice(0).map((end) => end().catch(() => {})))
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, endsMs))])
  process.exit(1)
}

// Children lead their own process groups, so a signal to the run's group does not reach them. After Ctrl-C mocha runs its hooks as
// usual.
for (const signal of isMocha ? (['SIGTERM'] as const) : (['SIGTERM', 'SIGINT'] as const))
  process.once(signal, () => void endInterrupted())
