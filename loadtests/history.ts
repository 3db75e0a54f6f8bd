/** The promise on histories, with short bakes. */
import type { Bench } from './bench.ts'
import { countHistories } from './history-events.ts'

export const bench: Bench = {
  name: 'history',
  title: 'history events of a canary 10, 50, promotion, watch in one environment',
  run() {
    return countHistories(this.title, [10_000, 60_000], 100)
  },
}
