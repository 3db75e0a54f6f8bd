/** What a test run started is ended with it, last started first. */
import { after } from 'mocha'

const ends: (() => Promise<void>)[] = []

export const atEnd = (end: () => Promise<void>): void => {
  ends.unshift(end)
}

after(async function () {
  this.timeout(60_000)
  for (const end of ends.splice(0)) await end()
})
