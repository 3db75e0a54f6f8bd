/** Signs of life of acts that take a while: an act whose worker died is tried elsewhere once they stop, not once its time is over. */
import { heartbeat } from '@temporalio/activity'

type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>

/** A quarter of what the workflow waits for one. */
const everyMs = 500

/** The same activities, each with a heartbeat every 500 ms while it runs; one that is over sooner sends none. */
export const withHeartbeats = <All extends Activities>(activities: All): All =>
  Object.fromEntries(Object.entries(activities).map(([name, work]) => [name, beating(work)])) as All

const beating =
  (work: Activities[string]): Activities[string] =>
  async (input) => {
    const beats = setInterval(() => heartbeat(), everyMs)
    try {
      return await work(input)
    } finally {
      clearInterval(beats)
    }
  }
