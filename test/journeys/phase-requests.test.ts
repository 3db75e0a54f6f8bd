import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { RequestKind } from '../../domain/rollout/phase.ts'
import { createLanes } from '../stack/lanes.ts'
import type { Shop, ShopRelease } from '../stack/service.ts'
import { startService } from '../stack/service.ts'
import { until } from '../stack/until.ts'
import { travelTogether } from '../stack/together.ts'
import type { HeldPhase } from './phases.ts'
import { createPhases } from './phases.ts'

const phases = createPhases()

/** The result of a request: a phase at a weight, or an end. */
type Leads = readonly [phase: string, weightPercent: number] | 'aborted' | 'succeeded'

/** The legal requests of each phase with their results, as designed. Every other request is refused. */
const table: Readonly<Record<keyof typeof phases, Partial<Record<RequestKind, Leads>>>> = {
  queued: { abort: 'aborted' },
  starting: { pause: ['paused', 0], abort: 'aborted' },
  shifting: { pause: ['paused', 60], abort: 'aborted' },
  'baking at 20 %': {
    pause: ['paused', 20],
    promote: ['baking', 60],
    'promote-fully': ['watching', 100],
    extend: ['baking', 20],
    abort: 'aborted',
  },
  'baking at 60 %': {
    pause: ['paused', 60],
    promote: ['watching', 100],
    'promote-fully': ['watching', 100],
    extend: ['baking', 60],
    abort: 'aborted',
  },
  'gated at 0 %': { promote: ['watching', 100], 'promote-fully': ['watching', 100], abort: 'aborted' },
  'gated at 60 %': { promote: ['watching', 100], 'promote-fully': ['watching', 100], abort: 'aborted' },
  'paused at 0 %': { resume: ['baking', 20], promote: ['baking', 20], 'promote-fully': ['watching', 100], abort: 'aborted' },
  'paused at 20 %': { resume: ['baking', 20], promote: ['baking', 60], 'promote-fully': ['watching', 100], abort: 'aborted' },
  'held at 20 %': { promote: ['baking', 60], 'promote-fully': ['watching', 100], extend: ['baking', 20], abort: 'aborted' },
  promoting: { abort: 'aborted' },
  watching: { abort: 'aborted', promote: 'succeeded' },
  reverting: {},
}

const kinds: readonly RequestKind[] = [
  'pause',
  'resume',
  'promote',
  'promote-fully',
  'extend',
  'abort',
  'retry-revert',
  'accept-as-is',
]

type Name = keyof typeof table

/** Expects every illegal request to be refused with the legal ones, and to leave no trace. */
async function expectRefusals(name: Name, release: ShopRelease): Promise<void> {
  const { phase } = phases[name]
  const legal = Object.keys(table[name])
  const before = await release.events()
  for (const kind of kinds.filter((each) => !legal.includes(each))) {
    const refused = await release.refusal(kind)
    expect(refused, `${kind} while ${name}`).to.deep.include({ status: 409, code: 'wrong-phase', phase })
    expect(refused?.legal, `what is legal while ${name}`).to.have.members(legal)
  }
  expect(await release.events(), `events after what was refused while ${name}`).to.deep.equal(before)
  const seen = await release.read()
  expect([seen.phase, seen.weightPercent], `what refusals changed while ${name}`).to.deep.equal([phase, phases[name].weight])
  expect(seen.legalRequests, `legal requests shown while ${name}`).to.have.members(legal)
}

/** Sends a request twice at once with one key: it is accepted twice and done once, with caller and reason. */
async function askTwice(release: ShopRelease, kind: RequestKind): Promise<string> {
  const key = randomUUID()
  const body = { reason: `because of ${key}`, ...(kind === 'extend' ? { by: '7m' } : {}) }
  const answers = await Promise.all([release.ask(kind, body, key), release.ask(kind, body, key)])
  expect(answers.map(({ status }) => status)).to.deep.equal([202, 202])
  expect(answers[0]?.json).to.deep.equal(answers[1]?.json)
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).to.have.lengthOf(1)
  return body.reason
}

async function expectLeads(release: ShopRelease, leads: Leads, what: string): Promise<void> {
  if (typeof leads === 'string') return expect(await release.end(60_000), what).to.equal(leads) as unknown as void
  const [phase, weight] = leads
  await until(
    `${what} to lead to ${phase} at ${weight} %`,
    async () => {
      const seen = await release.read()
      return seen.phase === phase && seen.weightPercent === weight
    },
    60_000,
  )
}

async function expectRecorded(release: ShopRelease, kind: RequestKind, reason: string): Promise<void> {
  const asked = (await release.events()).flatMap((event) =>
    event.kind === 'requested' || event.kind === 'request-too-late' ? [event] : [],
  )
  const { requestedBy } = await release.read()
  expect(
    asked.filter(({ data }) => data.reason === reason).map((event) => [event.kind, event.data.request, event.actor.id]),
    `${kind} in the events`,
  ).to.deep.equal([['requested', kind, requestedBy?.id]])
}

/** Sends every legal request of a phase, each to its own release of one service. */
async function travel(name: Name): Promise<number> {
  const held: HeldPhase = phases[name]
  await using shop: Shop = await startService(`p-${name.replaceAll(/[ %]+/g, '-').replace(/-$/, '')}`, held.options)
  const legal = Object.entries(table[name]) as [RequestKind, Leads][]
  for (const [n, [kind, leads]] of (legal.length > 0 ? legal : [[null, null] as const]).entries()) {
    const release = await held.reach(shop, `1.${n + 1}.0`)
    if (n === 0) await expectRefusals(name, release)
    const reason = kind && (await askTwice(release, kind))
    await held.free(shop)
    if (kind && reason) {
      await expectLeads(release, leads, `${kind} while ${name}`)
      await expectRecorded(release, kind, reason)
      if (kind === 'extend') await expectLonger(release, name)
    }
    if ((await release.read()).outcome === null && kind) await release.ask('abort')
    await release.end(60_000)
  }
  return (await shop.users()).failures
}

/** Expects the longest bake to be seven minutes longer than before (four minutes, or two seconds). */
async function expectLonger(release: ShopRelease, name: Name): Promise<void> {
  const maxMs = 420_000 + (name === 'held at 20 %' ? 2_000 : 240_000)
  await until(`${maxMs} ms of ${release.id}`, async () => {
    const { mode } = ((await release.read()).analysis ?? {}) as { mode?: { maxMs?: number } }
    return mode?.maxMs === maxMs
  })
}

describe('requests in every phase, several at a time on one stack', function () {
  this.timeout(300_000)
  const lanes = createLanes(6)
  const names = Object.keys(table) as Name[]

  const failedIn = travelTogether(names, (name) => lanes.run(() => travel(name)))

  for (const name of names) {
    const legal = Object.keys(table[name]).join(', ') || 'nothing'
    it(`${name}: ${legal} are done once however often they are sent; all others are refused without a trace`, async () => {
      expect(await failedIn(name), "users' requests that failed").to.equal(0)
    })
  }
})
