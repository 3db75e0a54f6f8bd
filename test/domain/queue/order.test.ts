import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isAskedBack, isSuperseded, nextTurn } from '../../../domain/queue/turn.ts'

const waiting = (kind: 'rollout' | 'rollback', releaseNumber: number) => ({ kind, releaseNumber, state: 'waiting' }) as const

describe('the queue of a place', () => {
  it('lets the oldest release go first, whoever arrived first', () => {
    expect(nextTurn([waiting('rollout', 3), waiting('rollout', 2), waiting('rollout', 4)])).to.include({ releaseNumber: 2 })
  })

  it('lets rollbacks go before releases, and the oldest of them first', () => {
    const turns = [waiting('rollout', 1), waiting('rollback', 9), waiting('rollback', 8)]
    expect(nextTurn(turns)).to.include({ kind: 'rollback', releaseNumber: 8 })
    expect(nextTurn(turns.toReversed())).to.include({ kind: 'rollback', releaseNumber: 8 })
  })

  it('has nobody next where nobody waits', () => {
    const open = { ...waiting('rollback', 1), state: 'open' } as const
    const over = { ...waiting('rollout', 1), state: 'over' } as const
    expect(nextTurn([open, over])).to.equal(undefined)
    expect(nextTurn([open, over, waiting('rollout', 7)])).to.include({ releaseNumber: 7 })
  })

  it('takes a release as superseded only by a newer stable one, and a rollback never', () => {
    const release = (kind: 'rollout' | 'rollback', stable: number | null) => isSuperseded({ kind, releaseNumber: 5 }, stable)
    expect([null, 4, 5, 6].map((stable) => release('rollout', stable))).to.deep.equal([false, false, false, true])
    expect([null, 4, 5, 6].map((stable) => release('rollback', stable))).to.deep.equal([false, false, false, false])
    expect(isSuperseded({ kind: 'rollout', releaseNumber: -1 }, null)).to.equal(false)
  })

  it('asks a holder back by abort and supersede, and by nothing else', () => {
    expect(([null, 'abort', 'supersede', 'cut-short'] as const).map(isAskedBack)).to.deep.equal([false, true, true, false])
  })
})
