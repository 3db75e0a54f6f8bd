import { expect } from 'chai'
import { describe, it } from 'mocha'
import { channelsOf } from '../../../domain/analysis/channels.ts'
import type { Replicas } from '../../../domain/analysis/count.ts'
import { count, countsClients, hasCounter, noReplicas } from '../../../domain/analysis/count.ts'
import type { Counters, ReplicaCounters } from '../../../domain/analysis/counters.ts'
import { plan } from './scene.ts'

const sides = { canary: 'new', stable: 'old' as string | null, sticky: false }
const channels = channelsOf(
  [
    { kind: 'errors', share: 1, dryRun: false },
    { kind: 'query', name: 'orders', bad: 'b', total: 't', share: 0, dryRun: true },
    { kind: 'status', match: '4xx', share: 0, dryRun: true },
  ],
  plan.objective,
)

type More = Partial<ReplicaCounters>
const replica = (revision: string, name: string, requests: number, more: More = {}): ReplicaCounters => ({
  revision,
  replica: name,
  requests,
  errors: 0,
  statuses: {},
  edges: [],
  ...more,
})
const old = (requests: number, more: More = {}) => replica('old', 'old-1', requests, more)
const fresh = (requests: number, more: More = {}) => replica('new', 'new-1', requests, more)
const counters = (...replicas: readonly ReplicaCounters[]): Counters => ({ atMs: 0, replicas })
/** What the last of these lookedAt adds, after the others. */
const counted = (lookedAt: readonly Counters[], of = sides, from: Replicas = noReplicas()) =>
  lookedAt.reduce(({ replicas }, one) => count(replicas, of, channels, one), count(from, of, channels, { atMs: 0, replicas: [] }))
const said = ({ torn, isWaiting, hasFallen }: ReturnType<typeof count>) =>
  Object.entries({ torn, isWaiting, hasFallen }).flatMap(([name, is]) => (is ? [name] : []))

describe('what a look adds', () => {
  it('is all of a new replica, the difference of a known one, and nothing of one that is old', () => {
    const first = counters(old(90, { isOld: true }), fresh(10, { errors: 1 }))
    expect(counted([first])).to.deep.include({
      canary: { requests: 10, errors: 1, arrived: 10, channels: [1, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 0, 0] },
      stable: { requests: 0, errors: 0, arrived: 0, channels: new Array(15).fill(0) },
    })
    const second = counters(old(100), fresh(30, { errors: 4, statuses: { '404': 7 }, queries: { orders: [2, 50] } }))
    expect(counted([first, second])).to.deep.include({
      // The query is new: it has no past, and starts here.
      canary: { requests: 20, errors: 3, arrived: 20, channels: [3, 20, 20, 0, 0, 0, 0, 0, 0, 0, 7, 20, 20, 0, 0] },
      stable: { requests: 10, errors: 0, arrived: 10, channels: [0, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 0, 0] },
    })
    const third = counters(old(100), fresh(30, { errors: 4, statuses: { '404': 7 }, queries: { orders: [5, 80] } }))
    expect(counted([first, second, third]).canary.channels.slice(5, 10)).to.deep.equal([3, 30, 30, 0, 0])
    const gone = counters(old(100), fresh(30, { errors: 4, statuses: { '404': 7 } }))
    expect(counted([first, second, third, gone, third]).canary.channels, 'a counter that was away for a look').to.deep.equal(
      new Array(15).fill(0),
    )
    expect(said(counted([first, second, third, gone, third]))).to.deep.equal([])
    const queryLast = [channels[0], channels[2], channels[1]].flatMap((one) => one ?? [])
    const { replicas } = count(noReplicas(), sides, queryLast, third)
    const away = count(replicas, sides, queryLast, gone)
    expect(said(away)).to.deep.equal([])
    expect(count(away.replicas, sides, queryLast, third).canary.channels).to.deep.equal(new Array(15).fill(0))
  })

  it('sums replicas of a side and leaves out those of any other revision', () => {
    const many = counters(fresh(10), replica('new', 'new-2', 5), old(7), replica('older', 'x', 1_000))
    const { canary, stable } = counted([many])
    expect([canary.requests, stable.requests]).to.deep.equal([15, 7])
    expect(counted([many], { ...sides, stable: null }).stable.requests).to.equal(0)
  })

  it('arrives at the lowest edge, where there are edges, and of sticky clients by first draws', () => {
    const edge = (edgeMs: number, entered: number) => ({ edgeMs, entered, slow: 0 })
    const arrived = (told: More, of = sides) => counted([counters(old(0), fresh(100, told))], of).canary.arrived
    expect(arrived({})).to.equal(100)
    expect(arrived({ edges: [edge(500, 90), edge(100, 95), edge(900, 80)] })).to.equal(95)
    expect(arrived({ edges: [edge(100, 95), edge(500, 90)] })).to.equal(95)
    expect(arrived({ edges: [edge(100, 0)] })).to.equal(0)
    const sticky = { ...sides, sticky: true }
    expect([arrived({ firstDraws: 3 }, sticky), arrived({}, sticky)]).to.deep.equal([3, 0])
  })
})

describe('a look whose sides did not count the same time', () => {
  const both = counters(old(90), fresh(10))
  const rows: readonly (readonly [what: string, lookedAt: readonly Counters[], said: readonly string[], of?: typeof sides])[] = [
    ['says nothing where both went on', [both, counters(old(100), fresh(20))], []],
    ['is torn where the stable version fell', [both, counters(old(80), fresh(20))], ['torn']],
    ['has fallen where the canary fell', [both, counters(old(100), fresh(5))], ['hasFallen']],
    ['is torn where a stable replica is gone', [both, counters(replica('old', 'old-2', 5), fresh(20))], ['torn']],
    ['goes on where a canary replica is gone', [both, counters(old(100))], []],
    ['is torn where a replica is back', [both, counters(old(95)), counters(old(100), fresh(20))], ['torn']],
    ['is torn where nothing is told of the stable version', [counters(fresh(10))], ['torn']],
    ['needs none where nothing is compared', [counters(fresh(10))], [], { ...sides, stable: null }],
    [
      'waits for a replica without newer counters',
      [counters(old(9, { sampledAtMs: 5 }), fresh(1)), counters(old(9, { sampledAtMs: 5 }), fresh(2))],
      ['isWaiting'],
    ],
    [
      'waits for one that it sees for the first time no longer',
      [counters(old(9, { sampledAtMs: 5 }), fresh(1)), counters(old(9, { sampledAtMs: 6 }), fresh(2))],
      [],
    ],
  ]
  for (const [what, lookedAt, expected, of = sides] of rows)
    it(what, () => {
      expect(said(counted(lookedAt, of))).to.deep.equal(expected)
    })

  it('waits for nobody at its very first counters', () => {
    const first = counters(old(9, { sampledAtMs: 5 }), fresh(1, { sampledAtMs: 5 }))
    expect(said(count(noReplicas(), sides, channels, first))).to.deep.equal([])
  })

  it('adds nothing of what fell, and only what is new of what is back', () => {
    expect(counted([both, counters(old(100), fresh(5))]).canary.requests).to.equal(0)
    expect(counted([both, counters(old(95)), counters(old(100), fresh(25))]).canary.requests).to.equal(15)
  })

  it('remembers the last 32 of those that are gone', () => {
    const many = Array.from({ length: 40 }, (_, i) => replica('new', `new-${i}`, i))
    const { lost, present } = counted([counters(old(1), ...many), counters(old(2))]).replicas
    expect([Object.keys(lost).length, Object.keys(lost)[0], Object.keys(present)]).to.deep.equal([
      32,
      'canary new-8',
      ['stable old-1'],
    ])
  })
})

describe('what a provider counts', () => {
  const clients = { active: 0, requests: 5, turns: 5, newTurns: 1, kinds: {} }
  it('is clients where one replica that was asked has them, and unknown, so taken for granted, before the first request', () => {
    expect([
      countsClients(counters()),
      countsClients(counters(fresh(0))),
      countsClients(counters(fresh(1), old(0, { clients }))),
      countsClients(counters(fresh(1), old(1, { clients }))),
    ]).to.deep.equal([true, true, false, true])
    const byClients = (sticky: boolean, told: More) => counted([counters(fresh(1, told))], { ...sides, sticky }).byClients
    expect([
      byClients(true, { clients }),
      byClients(true, {}),
      byClients(false, { clients }),
      byClients(false, {}),
    ]).to.deep.equal([true, false, false, false])
  })

  it('is known of each side and channel, from the first zero on', () => {
    const { replicas } = counted([counters(old(1), fresh(1, { errors: 1, queries: { orders: [0, 0] } }))])
    const has = (side: 'canary' | 'stable') => channels.map((_, i) => hasCounter(replicas, side, i))
    expect([has('canary'), has('stable')]).to.deep.equal([
      [true, true, true],
      [true, false, true],
    ])
    expect(hasCounter(noReplicas(), 'canary', 0)).to.equal(false)
  })
})
