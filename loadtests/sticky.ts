/**
 * How sticky clients affect verdicts: one failing client, many, a busy one and a flood of new ones; and how soon a bad canary is
 * found.
 */
import type { Bench, BenchResult } from './bench.ts'
import { percent } from './share-bound.ts'
import { createDraw, quantileOfSeen } from './simulated-canary.ts'
import type { StickyCanary } from './simulated-clients.ts'
import { stickyCanary, stickyRelease } from './simulated-clients.ts'

const releases = 100

type Case = readonly [what: string, changes: Partial<StickyCanary>]

const healthy: readonly Case[] = [
  ['nothing but 0.05 %', {}],
  ['nothing but 0.5 %', { errorRate: 0.005 }],
  ['one client always', { broken: 1 }],
  ['one client always, weight 30', { broken: 1, weightPercent: 30 }],
  ['one client always, weight 1', { broken: 1, weightPercent: 1 }],
  ['one client always, of ten, weight 30', { broken: 1, clients: 10, weightPercent: 30 }],
  ['one client, every other request', { broken: 1, brokenRate: 0.5 }],
  ['one client, 5 %', { broken: 1, brokenRate: 0.05 }],
  ['one client, 1 %, an hour', { broken: 1, brokenRate: 0.01, seconds: 3_600 }],
  ['20 of 1,000 clients always', { broken: 20, clients: 1_000 }],
  ['20 of 100 clients always, weight 50', { broken: 20, weightPercent: 50 }],
  ['20 of 100 clients, 25 %, weight 50', { broken: 20, brokenRate: 0.25, weightPercent: 50 }],
  ['50 of 100 clients, 10 %', { broken: 50, brokenRate: 0.1 }],
  ['a busy client that never fails, others 0.5 %', { busyRequestsPerSecond: 100, errorRate: 0.005 }],
  ['100 strangers a second, all fail', { strangersPerSecond: 100, strangersRate: 1 }],
  ['100 good strangers a second, one client always', { strangersPerSecond: 100, broken: 1 }],
  ['clients of 10 a second, 0.5 %', { requestsPerSecond: 10, errorRate: 0.005 }],
]

const bad: readonly Case[] = [
  ['100 %, ten clients, weight 30', { clients: 10, weightPercent: 30, canaryRate: 1 }],
  ['100 %, ten clients, weight 50', { clients: 10, weightPercent: 50, canaryRate: 1 }],
  ['100 %, 100 clients', { canaryRate: 1 }],
  ['100 %, 100 clients, phi 3', { canaryRate: 1, phi: 3 }],
  ['100 %, 1,000 clients', { clients: 1_000, canaryRate: 1 }],
  ['25 %, 100 clients', { canaryRate: 0.25 }],
  ['25 %, 200 clients', { clients: 200, canaryRate: 0.25, errorRate: 0.005 }],
  ['25 %, 1,000 clients', { clients: 1_000, canaryRate: 0.25, errorRate: 0.005 }],
  ['5 %, 200 clients', { clients: 200, canaryRate: 0.05, errorRate: 0.005 }],
]

/** The canary turns bad later, after 0.5 % errors. Clients that met some of those errors do not count at that time. */
const late: readonly Case[] = [
  { clients: 10, weightPercent: 30 },
  { clients: 10, weightPercent: 50 },
  { clients: 100 },
  { clients: 1_000 },
].flatMap((many) =>
  [60, 600].flatMap((badFromSecond) =>
    [0.25, 0.5, 1].map((canaryRate): Case => {
      const weight = many.weightPercent === undefined ? '' : `, weight ${many.weightPercent}`
      const what = `${canaryRate * 100} % after ${badFromSecond / 60} min, ${many.clients} clients${weight}`
      return [what, { ...many, canaryRate, badFromSecond, seconds: badFromSecond + 300, errorRate: 0.005 }]
    }),
  ),
)

export const bench: Bench = {
  name: 'sticky',
  title: 'Sticky clients: healthy canaries reverted because of their clients, and bad ones found',
  run(): Promise<BenchResult> {
    const found = [...healthy, ...bad, ...late].map(([what, changes]) => ({ what, ...measured(changes) }))
    const rows = found.map(({ what, byClients, byRequests }) => [what, ...textOf(byClients), ...textOf(byRequests)])
    const columns = ['fails', 'reverted', 'median, 95 % s', 'passes', 'by requests', 'median, 95 % s', 'passes']
    return Promise.resolve({ title: this.title, columns, rows, json: { releases, found } })
  },
}

function measured(changes: Partial<StickyCanary>) {
  const by = (byClients: boolean) => {
    const draw = createDraw(8)
    const of: StickyCanary = { ...stickyCanary, ...changes, byClients, phi: changes.phi ?? 1 }
    const ends = Array.from({ length: releases }, () => stickyRelease(draw, of))
    const seconds = ends.map(({ sentBackAt }) => sentBackAt && sentBackAt - of.badFromSecond)
    return { seconds, passed: ends.filter(({ passes }) => passes).length }
  }
  return { byClients: by(true), byRequests: by(false) }
}

/** Seconds until each was reverted, and how many would pass at their end. */
interface Measured {
  readonly seconds: readonly (number | null)[]
  readonly passed: number
}

function textOf({ seconds, passed }: Measured): string[] {
  const seen = seconds.filter((second) => second !== null)
  const times = seen.length < seconds.length / 20 ? '' : `${quantileOfSeen(seen, 0.5)} (${quantileOfSeen(seen, 0.95)})`
  return [percent(seen.length / seconds.length), times, percent(passed / seconds.length)]
}
