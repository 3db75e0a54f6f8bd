/** The check refuses a duration from outside, under any name of the timer, unless it is bounded on the spot. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { checkTimers } from '../../../tools/checks/check-timers.ts'
import { linesOfFaults } from './lines-of-faults.ts'

const refused = [
  'setTimeout(go, config.everyMs)',
  'setInterval(go, everyMs)',
  'AbortSignal.timeout(hook.timeoutMs)',
  "import { setTimeout as sleep } from 'node:timers/promises'\nawait sleep(Math.max(1, everyMs))",
  'let everyMs = read()\nsetTimeout(go, everyMs)',
]
const fine = [
  'setTimeout(go, 1_000)',
  'setTimeout(go)',
  'const everyMs = 2 * 1_000\nsetInterval(go, everyMs)',
  'const [firstMs, lastMs] = [1, 2]\nsetTimeout(go, isFirst ? firstMs : lastMs)',
  'AbortSignal.timeout(Math.min(everyMs, longestTimerMs))',
  'pause(everyMs)',
]

const linesIn = (text: string) => linesOfFaults(checkTimers, text)

describe('the check of timers', () => {
  for (const text of refused)
    it(`refuses ${JSON.stringify(text)}`, async () => {
      expect(await linesIn(text)).to.deep.equal([text.split('\n').length])
    })
  for (const text of fine)
    it(`accepts ${JSON.stringify(text)}`, async () => {
      expect(await linesIn(text)).to.deep.equal([])
    })
})
