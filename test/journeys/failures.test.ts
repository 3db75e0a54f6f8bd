import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Behaviour } from '../stack/demo-artifact.ts'
import type { ShopOptions } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { travelTogether } from '../stack/together.ts'
import { until } from '../stack/until.ts'
import { ofKind } from '../stack/events.ts'

interface Journey {
  readonly name: string
  readonly what: string
  readonly behaviour: Behaviour
  readonly options?: ShopOptions
  readonly outcome: 'succeeded' | 'rolled-back'
  /** The reason of the release's end. */
  readonly reason?: string
  /** What the explanation says that it waits for while it is not ready. */
  readonly waitsFor?: RegExp
  /** The largest share of the users' requests that may fail. If it is not 0, some must fail, which shows that users reached the canary. */
  readonly failures: number
}

const slow = {
  look: '500ms',
  warmUp: '1s',
  metrics: [
    { kind: 'errors', share: 0.5 },
    { kind: 'latency', edges: ['250ms'], share: 0.5 },
  ],
}

const journeys: readonly Journey[] = [
  { name: 'j-good', what: 'a good release is promoted', behaviour: {}, outcome: 'succeeded', failures: 0 },
  {
    name: 'j-errors',
    what: 'a canary with 5 % errors',
    behaviour: { mode: 'errors', rate: 0.05 },
    outcome: 'rolled-back',
    reason: 'fail',
    failures: 0.05,
  },
  {
    name: 'j-late',
    what: 'errors that start late',
    behaviour: { mode: 'errors', rate: 0.25, afterMs: 120_000 },
    outcome: 'rolled-back',
    reason: 'fail',
    failures: 0.02,
    options: {
      strategy: {
        kind: 'canary',
        steps: [{ weight: 50 }],
        bake: { min: '150s', max: '4m' },
        progressDeadline: '20s',
        scaleDownDelay: '0s',
      },
    },
  },
  {
    name: 'j-slow',
    what: '300 ms more for every answer',
    behaviour: { mode: 'slow', delayMs: 300 },
    outcome: 'rolled-back',
    reason: 'fail',
    failures: 0,
    options: { environment: { analysis: slow }, objective: { errors: '1%', slow: { over: '250ms', share: '5%' } } },
  },
  {
    name: 'j-401',
    what: '401 to everything',
    behaviour: { mode: 'unauthorized' },
    outcome: 'rolled-back',
    reason: 'fail',
    failures: 0.35,
    options: { failsFrom: 400 },
  },
  {
    name: 'j-hang',
    what: 'a canary that accepts and never answers',
    behaviour: { mode: 'hang' },
    outcome: 'rolled-back',
    reason: 'fail',
    failures: 0.35,
  },
  {
    name: 'j-crash',
    what: 'a version that crashes at the start',
    behaviour: { mode: 'crash' },
    outcome: 'rolled-back',
    reason: 'cannot-start',
    failures: 0,
  },
  {
    name: 'j-unready',
    what: 'a version that never becomes ready',
    behaviour: { mode: 'never-ready' },
    outcome: 'rolled-back',
    reason: 'progress-deadline',
    waitsFor: /^the version to get ready: 0 of 1 ready, .*health check answered 503/,
    failures: 0,
  },
  {
    name: 'j-smoke',
    what: 'a version whose smoke test fails',
    behaviour: { mode: 'unauthorized' },
    outcome: 'rolled-back',
    reason: 'smoke-failed',
    failures: 0,
    options: { environment: { smoke: [{ path: '/', status: 200, within: '2s' }] } },
  },
]

async function travel({ name, behaviour, options, waitsFor }: Journey) {
  await using shop = await startService(name, options)
  const release = await shop.release('1.1.0', behaviour)
  if (waitsFor)
    await until(`${name} to say ${waitsFor}`, async () => waitsFor.test((await release.explanation()).waitsFor ?? ''), 25_000)
  const outcome = await release.end()
  const users = await shop.users()
  const home = ofKind(await release.events(), 'weight-shifted').find(({ data }) => data.weight === 0)
  const failedLate = users.failed.filter(({ dueAtMs }) => home && dueAtMs > Date.parse(home.at))
  return { outcome, release: await release.read(), weights: await shop.weights(), users, failedLate }
}

describe('journeys of a second release, several at a time on one stack', function () {
  this.timeout(400_000)
  const seenBy = travelTogether(journeys, travel)

  for (const journey of journeys) {
    const { what, outcome, reason, failures } = journey
    it(`${what}: ${outcome}`, async () => {
      const seen = await seenBy(journey)
      expect(seen.outcome).to.equal(outcome)
      if (reason) expect(seen.release.reason?.code).to.equal(reason)
      expect(seen.weights).to.deep.equal({ [outcome === 'succeeded' ? '1.1.0' : '1.0.0']: 100 })
      expect(seen.users.failures / seen.users.requests, "share of users' requests that failed").to.be.at.most(failures)
      if (failures > 0) expect(seen.users.failures, 'users who met the bad canary').to.be.greaterThan(0)
      expect(seen.users.versions['1.0.0']?.failures, 'requests that the stable version failed').to.equal(0)
      expect(seen.failedLate, 'requests that failed after the canary had no traffic').to.deep.equal([])
    })
  }
})
