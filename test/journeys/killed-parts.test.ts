/**
 * Kills each process of the stack during a canary, one after the other. The good version is promoted and the bad one is reverted, in a
 * stated time.
 */
import { expect } from 'chai'
import { after, describe, it } from 'mocha'
import type { Shop } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import type { TestStack } from '../stack/stack.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'

/**
 * How a process is killed, and how long a version that turns bad at that instant may keep traffic. docs/limits.md has the measured times.
 */
const deaths = [
  { part: 'postgres', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'temporal', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'runtime', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'control', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'control-2', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'act', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'analysis', by: 'SIGKILL', withinMs: 30_000 },
  { part: 'api', by: 'SIGKILL', withinMs: 30_000 },
  // The process is halted. The starter notices after three unanswered probes of five seconds.
  { part: 'temporal', by: 'SIGSTOP', withinMs: 60_000 },
] as const

const options = { rps: 60, objective: { errors: '10%' }, environment: { analysis: { warmUp: '0s', look: '500ms' }, watch: '2s' } }
/** Long enough for a kill, and short enough for nine cases. */
const strategy = {
  kind: 'canary',
  steps: [{ weight: 50 }],
  bake: { min: '3s', max: '3m' },
  progressDeadline: '60s',
  scaleDownDelay: '0s',
}

describe('a process of the stack that is killed during a canary', function () {
  this.timeout(300_000)
  let pair: Promise<readonly [good: Shop, bad: Shop]> | undefined
  const shops = () =>
    (pair ??= Promise.all([startService('k-good', { ...options, strategy }), startService('k-bad', { ...options, strategy })]))

  for (const [index, { part, by, withinMs }] of deaths.entries()) {
    it(`${part} by ${by}: the good release is promoted and the bad one is reverted`, async () => {
      const [stack, [good, bad]] = await Promise.all([testStack(), shops()])
      const version = `2.${index}.0`
      const [better, worse] = await Promise.all([good.release(version), bad.release(version)])
      await Promise.all([better.phase('baking'), worse.phase('baking')])
      const died = die(stack, part, by)
      bad.switch.set({ version, mode: 'errors', rate: 0.25 })
      const atMs = Date.now()
      await until(`nobody at the bad ${version}`, () => isWithout(bad, version), withinMs)
      console.log(`        ${part} by ${by}: no user at the bad version after ${Date.now() - atMs} ms`)
      expect(await worse.end()).to.equal('rolled-back')
      expect(await better.end()).to.equal('succeeded')
      expect(stack.pidOf(part), 'another process than the one that died').to.not.equal(died)
    })
  }

  after(async () => {
    for (const shop of (await pair) ?? []) await shop[Symbol.asyncDispose]()
  })
})

function die(stack: TestStack, part: string, by: NodeJS.Signals): number {
  const pid = stack.pidOf(part)
  process.kill(pid, by)
  return pid
}

/** As the data plane reports it; false while it does not answer. */
const isWithout = async (shop: Shop, version: string): Promise<boolean> => {
  const weights = await shop.weights().catch(() => null)
  return weights !== null && !weights[version]
}
