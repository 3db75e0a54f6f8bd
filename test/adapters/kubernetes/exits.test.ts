import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { History } from '../../../adapters/kubernetes/exits.ts'
import { livenessOf, noHistory, observed } from '../../../adapters/kubernetes/exits.ts'
import { linesOf } from '../../../adapters/kubernetes/pod-logs.ts'
import { Pod } from '../../../adapters/kubernetes/pod.ts'

const atSecond = (second: number): string => new Date(second * 1_000).toISOString()

interface Scene {
  readonly uid?: string
  /** Second of the last change of its readiness. */
  readonly ready?: readonly [boolean, number]
  readonly restarts?: number
  readonly ended?: { readonly exitCode: number; readonly reason?: string; readonly at: number }
  readonly startedAt?: number
  readonly deleting?: boolean
  readonly phase?: string
  readonly disrupted?: boolean
}

/** A pod that was made in second 100. */
const pod = ({ uid = 'a', ready = [false, 100], restarts = 0, ended, startedAt = 101, deleting, phase, disrupted }: Scene) =>
  Pod.parse({
    metadata: {
      name: `shop-${uid}`,
      uid,
      creationTimestamp: atSecond(100),
      ...(deleting ? { deletionTimestamp: atSecond(200) } : {}),
    },
    status: {
      phase: phase ?? 'Running',
      startTime: atSecond(100),
      conditions: [
        { type: 'Ready', status: ready[0] ? 'True' : 'False', lastTransitionTime: atSecond(ready[1]) },
        ...(disrupted ? [{ type: 'DisruptionTarget', status: 'True' }] : []),
      ],
      containerStatuses: [
        {
          name: 'app',
          restartCount: restarts,
          state: { running: { startedAt: atSecond(startedAt) } },
          lastState: ended ? { terminated: { ...ended, finishedAt: atSecond(ended.at) } } : {},
        },
      ],
    },
  })

const after = (steps: readonly (readonly [number, readonly Pod[]])[]): History =>
  steps.reduce((history, [second, pods]) => observed(history, pods, second * 1_000), noHistory)

const isUp = pod({ ready: [true, 103] })
const crash = { exitCode: 1, at: 110 }

describe('what pods have gone through', () => {
  for (const [what, scene, count, how] of [
    ['a crash', { ended: crash }, 1, 1],
    ['an end by a signal', { ended: { exitCode: 139, at: 110 } }, 1, 'SIGSEGV'],
    ['an end for lack of memory', { ended: { exitCode: 137, reason: 'OOMKilled', at: 110 } }, 1, 'SIGKILL (out of memory)'],
    ['the end of a pod that is being removed', { ended: crash, deleting: true }, 0, null],
    ['an eviction', { ended: crash, phase: 'Failed', disrupted: true }, 0, null],
    ['a preemption or a drain that has begun', { ended: crash, disrupted: true }, 0, null],
    ['a node that is lost', { ended: crash, phase: 'Unknown' }, 0, null],
  ] as const)
    it(`count ${what} ${count === 1 ? 'as a crash' : 'as none'}`, () => {
      const { exitCount, exits } = after([
        [105, [isUp]],
        [111, [pod({ ready: [false, 110], restarts: 1, ...scene })]],
      ])
      expect([exitCount, exits.length]).to.deep.equal([count, count])
      if (how !== null) expect(exits[0]).to.include({ atMs: 110_000, [typeof how === 'number' ? 'code' : 'signal']: how })
    })

  it('count no crash twice, and forget none when the pod is gone', () => {
    const crashed = pod({ ready: [true, 113], restarts: 1, ended: crash })
    const other = pod({ uid: 'b', ready: [true, 130] })
    const history = after([
      [105, [isUp]],
      [111, [crashed]],
      [112, [crashed]],
      [135, [other]],
      [140, [pod({ uid: 'b', ready: [false, 139], restarts: 1, ended: { exitCode: 2, at: 139 } })]],
    ])
    expect(history.exitCount).to.equal(2)
    expect(history.exits.map(({ replica, code }) => [replica, code])).to.deep.equal([
      [0, 1],
      [1, 2],
    ])
  })

  it('count no crash before a pod was ready, also where nobody looked meanwhile', () => {
    const looping = pod({ ready: [false, 101], restarts: 3, ended: { exitCode: 1, at: 150 } })
    expect(after([[151, [looping]]])).to.include({ exitCount: 0, deadSinceMs: null, hasBeenReady: false })
    const served = pod({ ready: [false, 150], restarts: 3, ended: { exitCode: 1, at: 150 } })
    expect(after([[151, [served]]])).to.include({ exitCount: 3, deadSinceMs: 150_000, hasBeenReady: true })
  })

  it('are dead from the moment when the last ready pod is lost, and the outage is told for two minutes', () => {
    const down = pod({ ready: [false, 120] })
    const dead = after([
      [105, [isUp]],
      [121, [down]],
      [125, []],
    ])
    expect(dead.deadSinceMs).to.equal(121_000)
    const back = observed(dead, [pod({ uid: 'b', ready: [true, 131] })], 132_000)
    expect([back.deadSinceMs, back.outages]).to.deep.equal([null, [{ fromMs: 121_000, untilMs: 132_000 }]])
    expect(observed(back, [pod({ uid: 'b', ready: [true, 131] })], 253_000).outages).to.deep.equal([])
  })

  it('name the longest start of the pods that are there', () => {
    const pods = [pod({ ready: [true, 103] }), pod({ uid: 'b', ready: [true, 109] })]
    const history = after([[110, pods]])
    expect(livenessOf(history, pods).startMs).to.equal(8_000)
    expect(livenessOf(history, pods.slice(0, 1)).startMs).to.equal(2_000)
    expect(livenessOf(noHistory, []).startMs).to.equal(null)
  })
})

describe('the log of a pod', () => {
  it('is lines with their instants, whose numbers rise also within a microsecond', () => {
    const text = '2026-11-30T09:00:00.000001234Z one\n2026-11-30T09:00:00.000001900Z two words\n2026-11-30T09:00:01Z \nnothing\n'
    const atMs = Date.parse('2026-11-30T09:00:00Z')
    expect(linesOf(text)).to.deep.equal([
      { n: atMs * 1_000 + 1, atMs, line: 'one' },
      { n: atMs * 1_000 + 2, atMs, line: 'two words' },
      { n: (atMs + 1_000) * 1_000, atMs: atMs + 1_000, line: '' },
    ])
  })
})
