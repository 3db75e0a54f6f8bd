import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Coming } from '../../../domain/queue/room-for.ts'
import { refusedBy, roomFor, turnsBefore } from '../../../domain/queue/room-for.ts'
import type { PendingRequest } from '../../../domain/queue/turn.ts'
import type { Phase } from '../../../domain/rollout/phase.ts'

const coming: Coming = { kind: 'rollout', releaseNumber: 5, onBusy: 'wait', now: false }
const rollout = (ordinal: number, phase: Phase = 'baking') => ({ kind: 'rollout', ordinal, phase }) as const
const rollback = (ordinal: number) => ({ kind: 'rollback', ordinal, phase: 'queued' }) as const

describe('the turns before a plan in its environment', () => {
  const queue = [rollback(1), rollout(6), rollout(5), rollout(4), rollout(3)]

  it('are, for a rollout, only rollouts of older releases, in the order of the queue', () => {
    expect(turnsBefore(coming, queue)).to.deep.equal([rollout(4), rollout(3)])
    expect(turnsBefore({ ...coming, releaseNumber: 3 }, queue)).to.deep.equal([])
  })

  it('are, for a rollback, all rollouts including newer ones, and no rollback', () => {
    const all = [rollout(6), rollout(5), rollout(4), rollout(3)]
    expect(turnsBefore({ ...coming, kind: 'rollback', releaseNumber: 2 }, queue)).to.deep.equal(all)
  })
})

describe('the request of a plan to a turn before it', () => {
  const rows: readonly (readonly [Partial<Coming>, Phase, PendingRequest | null])[] = [
    [{ onBusy: 'wait' }, 'queued', null],
    [{ onBusy: 'wait' }, 'baking', null],
    [{ onBusy: 'wait' }, 'watching', null],
    [{ onBusy: 'wait', now: true }, 'queued', 'cut-short'],
    [{ onBusy: 'wait', now: true }, 'baking', 'cut-short'],
    [{ onBusy: 'wait', now: true }, 'watching', 'cut-short'],
    [{ onBusy: 'refuse' }, 'baking', null],
    [{ onBusy: 'refuse', now: true }, 'watching', 'cut-short'],
    [{ onBusy: 'supersede' }, 'queued', 'supersede'],
    [{ onBusy: 'supersede' }, 'baking', 'supersede'],
    [{ onBusy: 'supersede' }, 'watching', 'supersede'],
    [{ onBusy: 'supersede', now: true }, 'baking', 'supersede'],
    // A watched version is good, so its watch is ended and it is not reverted.
    [{ onBusy: 'supersede', now: true }, 'watching', 'cut-short'],
    [{ kind: 'rollback', onBusy: 'supersede', now: true }, 'watching', 'abort'],
    [{ kind: 'rollback', onBusy: 'wait' }, 'queued', 'abort'],
  ]
  for (const [plan, phase, pending] of rows)
    it(`is ${pending ?? 'none'} to one that is ${phase}: ${JSON.stringify(plan)}`, () => {
      const turn = rollout(4, phase)
      expect(roomFor({ ...coming, ...plan }, [turn])).to.deep.equal(pending === null ? [] : [{ turn, pending }])
    })

  it('goes to each turn before it, in their order, and to no other', () => {
    const pending = roomFor({ ...coming, onBusy: 'supersede' }, [rollout(6), rollback(2), rollout(4), rollout(3)])
    expect(pending.map(({ turn }) => turn.ordinal)).to.deep.equal([4, 3])
  })
})

describe('a plan that is refused', () => {
  const queue = [rollback(1), rollout(6), rollout(4), rollout(3)]

  it('is only a rollout under `refuse`, because of the first turn before it', () => {
    expect(refusedBy({ ...coming, onBusy: 'refuse' }, queue)).to.deep.equal(rollout(4))
    expect(refusedBy({ ...coming, onBusy: 'wait' }, queue)).to.equal(null)
    expect(refusedBy({ ...coming, onBusy: 'supersede' }, queue)).to.equal(null)
    expect(refusedBy({ ...coming, kind: 'rollback', onBusy: 'refuse' }, queue)).to.equal(null)
  })

  it('is accepted when only newer releases and rollbacks are there', () => {
    expect(refusedBy({ ...coming, onBusy: 'refuse', releaseNumber: 3 }, queue)).to.equal(null)
  })
})
