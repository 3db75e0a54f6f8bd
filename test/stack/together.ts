/** Journeys that travel at the same time on one stack, as each waits most of its time: all begun before the first test, each awaited by its own. */
import { after, before } from 'mocha'

/** To be called where tests are described. Answers what awaits one of them; the tests' end awaits all. */
export function travelTogether<Journey, Result>(
  journeys: readonly Journey[],
  travel: (journey: Journey) => Promise<Result>,
): (journey: Journey) => Promise<Result> {
  const travelling = new Map<Journey, Promise<Result>>()
  before(() => {
    for (const journey of journeys) {
      const travelled = travel(journey)
      // Its own test tells; until that comes, a failure is no reason to end the run.
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
