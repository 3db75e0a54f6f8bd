/** Signs of life of what takes a while: work whose worker died is tried elsewhere once they stop, not once its time is over. */
import { heartbeat } from '@temporalio/activity'

type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>

/** Of an act, which the workflow gives up after 2 s without one, and of what loops, after 3 s. */
const [actMs, loopMs] = [500, 1_000]

/** Heartbeats while somebody's answer is awaited: what hangs until its own time limit is weather, not a lost worker. */
export async function alive<T>(work: () => Promise<T>, everyMs = loopMs): Promise<T> {
  const beats = setInterval(heartbeat, everyMs)
  try {
    return await work()
  } finally {
    clearInterval(beats)
  }
}

/** The same activities, each with a heartbeat every 500 ms while it runs; one that is over sooner sends none. */
export const withHeartbeats = <All extends Activities>(activities: All): All =>
  Object.fromEntries(
    Object.entries(activities).map(([name, work]) => [name, (input: never) => alive(() => work(input), actMs)]),
  ) as All
