/**
 * Runs journeys at the same time on one stack, because each mostly waits. All begin before the first test, and each test awaits its own.
 */
import { after, before } from 'mocha'

/** Call it inside `describe`. Returns the function that awaits one journey; the end of the tests awaits all. */
export function travelTogether<Journey, Result>(
  journeys: readonly Journey[],
  travel: (journey: Journey) => Promise<Result>,
): (journey: Journey) => Promise<Result> {
  const travelling = new Map<Journey, Promise<Result>>()
  before(() => {
    for (const journey of journeys) {
      const travelled = travel(journey)
      // Its own test reports a failure; until then it must not end the run.
      travelled.catch(() => {})
      travelling.set(journey, travelled)
    }
  })
  after(() => Promise.allSettled(travelling.values()))
  return async (journey) => {
    const travelled = travelling.get(journey)
    if (!travelled) throw new Error('this journey has not begun')
    return travelled
  }
}
