/** The promise on histories, with bakes of an hour. Takes a little over two hours. */
import type { Bench } from './bench.ts'
import { countHistories } from './history-events.ts'

export const bench: Bench = {
  name: 'history-hour',
  title: 'the same with bakes of one minute and of one hour',
  run() {
    return countHistories(this.title, [60_000, 3_600_000], 20)
  },
}
