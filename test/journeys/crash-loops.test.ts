import { expect } from 'chai'
import { describe, it } from 'mocha'
import { z } from 'zod'
import type { Behaviour } from '../stack/demo-artifact.ts'
import type { Shop, ShopOptions } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import type { ShopRelease } from '../stack/shop-release.ts'
import { travelTogether } from '../stack/together.ts'
import { ofKind } from '../stack/events.ts'

interface Loop {
  readonly name: string
  readonly what: string
  readonly behaviour: Behaviour
  readonly options: ShopOptions
  /** What happens while it is in flight. */
  readonly meanwhile?: (shop: Shop, release: ShopRelease) => Promise<unknown>
  /** Runs before the release starts. */
  readonly before?: (shop: Shop) => unknown
  readonly outcome: 'rolled-back' | 'held'
  readonly reason: RegExp
  readonly detail: RegExp
  /** The most of the users' requests that may fail, of sixty a second. */
  readonly failures: number
}

const target = { restart: { min: '200ms', max: '1s' } }
/** An analysis that detects nothing by counters, so that only the replicas' exits decide. */
const blunt = { warmUp: '1s', look: '500ms', h0: 10, margin: 11, maxErrorRate: '99%' }
const strategy = {
  kind: 'canary',
  steps: [{ weight: 50 }],
  bake: { min: '2s', max: '4m' },
  progressDeadline: '30s',
  scaleDownDelay: '0s',
}

const loops: readonly Loop[] = [
  {
    name: 'l-canary',
    what: 'a canary that exits every 3 s is reverted, although the stable version answers for it',
    behaviour: { mode: 'crash', afterMs: 3_000 },
    options: { target, strategy },
    outcome: 'rolled-back',
    reason: /^(fail|dead)$/,
    detail: /./,
    failures: 40,
  },
  {
    name: 'l-slowly',
    what: 'a canary whose two replicas restart every 12 s is reverted only because of its restarts',
    behaviour: { mode: 'crash', afterMs: 12_000 },
    options: {
      target: { ...target, replicas: 4 },
      strategy: { ...strategy, bake: { min: '2m', max: '4m' } },
      environment: { analysis: blunt },
    },
    outcome: 'rolled-back',
    reason: /^fail$/,
    detail: /^exit code 1, 3 times in 2\d s$/,
    failures: 60,
  },
  {
    name: 'l-watch',
    what: 'a crash loop that begins in the watch, when no other version answers, is reverted',
    behaviour: {},
    options: { target, strategy, environment: { watch: '2m' } },
    meanwhile: async (shop, release) => {
      await release.phase('watching')
      shop.switch.set({ mode: 'crash', afterMs: 3_000, version: '1.1.0' })
    },
    outcome: 'rolled-back',
    reason: /^(fail|dead)$/,
    detail: /./,
    failures: 240,
  },
  {
    name: 'l-alike',
    what: 'a canary that restarts like the stable version is held, because a revert would not help',
    behaviour: {},
    options: { target, strategy: { ...strategy, bake: { min: '2m', max: '4m' } }, environment: { analysis: blunt } },
    before: (shop) => shop.switch.set({ mode: 'crash', afterMs: 3_000 }),
    outcome: 'held',
    reason: /^both-bad$/,
    detail: /the new one exit code 1, 3 times.*the stable one exit code 1, \d times/,
    failures: Number.POSITIVE_INFINITY,
  },
]

const Evidence = z.looseObject({
  replicas: z.looseObject({ canary: z.looseObject({ exits: z.number(), lines: z.array(z.string()) }) }),
})

async function travel({ name, behaviour, options, before, meanwhile, outcome }: Loop) {
  await using shop = await startService(name, options)
  before?.(shop)
  const release = await shop.release('1.1.0', behaviour)
  await meanwhile?.(shop, release)
  const ended = outcome === 'held' ? 'held' : null
  if (ended) await release.phase('held')
  const seen = { outcome: ended ?? (await release.end()), release: await release.read() }
  const weights = ended ? null : await shop.weights()
  const users = await shop.users()
  return { ...seen, weights, users, events: await release.events(), verdicts: (await release.explanation()).verdicts }
}

describe('crash loops, several at a time on one stack', function () {
  this.timeout(400_000)
  const seenBy = travelTogether(loops, travel)

  for (const loop of loops)
    it(loop.what, async () => {
      const { outcome, release, weights, users, events, verdicts } = await seenBy(loop)
      expect(outcome).to.equal(loop.outcome)
      expect(release.reason?.code).to.match(loop.reason)
      expect(release.reason?.detail).to.match(loop.detail)
      if (weights) expect(weights).to.deep.equal({ '1.0.0': 100 })
      expect(users.failures, "users' requests that failed").to.be.at.most(loop.failures)
      const exits = ofKind(events, 'replica-exited').filter(({ data }) => data.version === '1.1.0')
      expect(exits.length, 'exits in events').to.be.greaterThan(0)
      const { replicas } = Evidence.parse(verdicts.at(-1)?.evidence)
      expect(replicas.canary.exits).to.be.greaterThan(0)
      expect(replicas.canary.lines.join('\n')).to.include('demo 1.1.0 crashes')
    })
})
