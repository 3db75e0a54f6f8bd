import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Twin } from '../../../domain/queue/twin.ts'
import { revertedTwin } from '../../../domain/queue/twin.ts'

const turn = { kind: 'rollout', version: '1.1.0', requestedAtMs: 1_000 } as const
const twin: Twin = { release: 'shop-2', version: '1.1.0', outcome: 'aborted', hadTurn: true, endedAtMs: 2_000 }

describe('a release that waited for another one of the same version', () => {
  const rows: readonly {
    readonly when: string
    readonly turn?: Partial<{ kind: 'rollback' }>
    readonly ended: readonly Twin[]
    readonly asks: boolean
  }[] = [
    { when: 'nothing ended meanwhile', ended: [], asks: false },
    { when: 'its twin was aborted', ended: [twin], asks: true },
    { when: 'its twin was reverted', ended: [{ ...twin, outcome: 'rolled-back' }], asks: true },
    { when: 'its twin made room for it', ended: [{ ...twin, outcome: 'superseded' }], asks: false },
    { when: 'its twin is stable', ended: [{ ...twin, outcome: 'succeeded' }], asks: false },
    { when: 'its twin never had a turn', ended: [{ ...twin, hadTurn: false }], asks: false },
    { when: 'its twin had ended before its request', ended: [{ ...twin, endedAtMs: 999 }], asks: false },
    { when: 'its twin ended at the moment of its request', ended: [{ ...twin, endedAtMs: 1_000 }], asks: true },
    { when: 'another version was aborted', ended: [{ ...twin, version: '1.2.0' }], asks: false },
    {
      when: 'a twin was aborted, and a later one succeeded',
      ended: [{ ...twin, endedAtMs: 3_000, outcome: 'succeeded' }, twin],
      asks: false,
    },
    {
      when: 'a twin succeeded, and a later one was aborted',
      ended: [{ ...twin, endedAtMs: 1_500, outcome: 'succeeded' }, twin],
      asks: true,
    },
    { when: 'it is a rollback', turn: { kind: 'rollback' }, ended: [twin], asks: false },
  ]
  for (const row of rows)
    it(`${row.asks ? 'is gated' : 'begins'} when ${row.when}`, () => {
      expect(revertedTwin({ ...turn, ...row.turn }, row.ended) !== null).to.equal(row.asks)
    })
})
