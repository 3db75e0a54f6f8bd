import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { TurnKind } from '../../../domain/queue/kinds.ts'
import { afterLoss, endWhenLost, lost, queueRules } from '../../../domain/queue/kinds.ts'
import { isAskedToRevert, nextTurn } from '../../../domain/queue/turn.ts'

const waiting = (kind: 'rollout' | 'rollback', ordinal: number) =>
  ({ kind, rank: queueRules[kind].rank, ordinal, state: 'waiting' }) as const

describe('the queue of an environment', () => {
  it('serves the oldest release first, whichever arrived first', () => {
    expect(nextTurn([waiting('rollout', 3), waiting('rollout', 2), waiting('rollout', 4)])).to.include({ ordinal: 2 })
  })

  it('serves rollbacks before releases, and the oldest rollback first', () => {
    const turns = [waiting('rollout', 1), waiting('rollback', 9), waiting('rollback', 8)]
    expect(nextTurn(turns)).to.include({ kind: 'rollback', ordinal: 8 })
    expect(nextTurn(turns.toReversed())).to.include({ kind: 'rollback', ordinal: 8 })
  })

  it('has no next turn when none waits', () => {
    const open = { ...waiting('rollback', 1), state: 'open' } as const
    const over = { ...waiting('rollout', 1), state: 'over' } as const
    expect(nextTurn([open, over])).to.equal(undefined)
    expect(nextTurn([open, over, waiting('rollout', 7)])).to.include({ ordinal: 7 })
  })

  it('treats a release as superseded only by a newer stable one, and a rollback never', () => {
    const at = (kind: 'rollout' | 'rollback') => [null, 4, 5, 6].map((stable) => queueRules[kind].isSuperseded(5, stable))
    expect(at('rollout')).to.deep.equal([false, false, false, true])
    expect(at('rollback')).to.deep.equal([false, false, false, false])
    expect(queueRules.rollout.isSuperseded(-1, null)).to.equal(false)
  })

  it('only closes a lost turn that was never taken, and one whose kind leaves nothing to undo', () => {
    for (const rules of Object.values(queueRules))
      expect([null, 0, 1].map((token) => afterLoss(rules, { token }))).to.deep.equal(['close', 'hand-over', 'hand-over'])
    const backup = { ...queueRules.rollout, whenLost: 'close' } as const
    expect([null, 1].map((token) => afterLoss(backup, { token }))).to.deep.equal(['close', 'close'])
  })

  // What users saw of it decides: nothing of a closed turn, and something of one that another workflow has to take back.
  const lostTurns = [
    ['rollout', 'close', 'aborted'],
    ['rollout', 'hand-over', 'rolled-back'],
    ['rollback', 'close', 'aborted'],
    ['rollback', 'hand-over', 'rolled-back'],
  ] as const
  for (const [kind, then, outcome] of lostTurns)
    it(`ends a lost ${kind} as ${outcome} after ${then}`, () => {
      expect(endWhenLost(kind, then)).to.deep.equal({ outcome, reason: lost })
      expect(lost.code).to.equal('lost')
    })

  const supersededBy = [
    ['shop-7', 'shop-7 is stable already'],
    [null, 'a newer release is stable already'],
  ] as const
  for (const [release, detail] of supersededBy)
    it(`ends a turn that is superseded because ${detail}`, () => {
      for (const kind of Object.keys(queueRules) as TurnKind[])
        expect(queueRules[kind].endWhenSuperseded(release)).to.deep.equal({
          outcome: 'superseded',
          reason: { code: 'superseded', detail },
        })
    })

  it('asks a holder to revert by abort and supersede, and by nothing else', () => {
    expect(([null, 'abort', 'supersede', 'cut-short'] as const).map(isAskedToRevert)).to.deep.equal([false, true, true, false])
  })
})
