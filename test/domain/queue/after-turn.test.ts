import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { EndedTurn } from '../../../domain/queue/after-turn.ts'
import { afterTurn, endOfLostRelease, endsAtHandOver, recoveryPlan, rolloutAfter } from '../../../domain/queue/after-turn.ts'
import { lost } from '../../../domain/queue/kinds.ts'
import type { Outcome } from '../../../domain/rollout/phase.ts'
import { planOf } from '../rollout/rollout-machine.ts'

const plan = { ref: { service: 'shop', environment: 'staging' }, release: 'shop-7', recoversLost: false }
const rollout: EndedTurn = { kind: 'rollout', subject: 'shop-7', plan }
const rollback: EndedTurn = { kind: 'rollback', subject: 'rollback/shop/staging/2', plan }

describe('the end of a turn', () => {
  for (const outcome of ['rolled-back', 'aborted', 'superseded'] satisfies Outcome[])
    it(`ends the release of a rollout that is ${outcome}`, () => {
      expect(afterTurn(rollout, outcome)).to.deep.equal({ kind: 'ended', ends: [{ kind: 'release', id: 'shop-7', outcome }] })
    })

  it('continues the release of a rollout that succeeded after its environment', () => {
    expect(afterTurn(rollout, 'succeeded')).to.deep.equal({ kind: 'reached', environment: 'staging' })
  })

  for (const outcome of ['succeeded', 'rolled-back', 'aborted', 'superseded'] satisfies Outcome[])
    it(`ends a rollback that is ${outcome}, and no release`, () => {
      expect(afterTurn(rollback, outcome)).to.deep.equal({
        kind: 'ended',
        ends: [{ kind: 'rollback', id: rollback.subject, outcome }],
      })
    })

  it("ends the lost release as rolled back together with the rollback that recovers it, whatever the rollback's outcome", () => {
    for (const outcome of ['succeeded', 'aborted'] satisfies Outcome[])
      expect(afterTurn({ ...rollback, plan: { ...plan, recoversLost: true } }, outcome)).to.deep.equal({
        kind: 'ended',
        ends: [
          { kind: 'rollback', id: rollback.subject, outcome },
          { kind: 'release', id: 'shop-7', outcome: 'rolled-back' },
        ],
      })
  })
})

describe('a workflow that is gone', () => {
  it('ends the rollback whose turn is handed over, and not the release of a rollout, which is still being reverted', () => {
    expect(endsAtHandOver(rollback)).to.deep.equal([{ kind: 'rollback', id: rollback.subject, outcome: 'rolled-back' }])
    expect(endsAtHandOver(rollout)).to.deep.equal([])
  })

  const rows = [
    [[], true],
    [['over'], true],
    [['over', 'over'], true],
    [['open'], false],
    [['waiting'], false],
    [['over', 'waiting'], false],
    [['open', 'over'], false],
  ] as const
  for (const [states, ends] of rows)
    it(`${ends ? 'ends' : 'does not end'} its release whose turns are: ${states.join(', ') || 'none'}`, () => {
      const end = ends ? { outcome: 'aborted', reason: lost } : null
      expect(endOfLostRelease(states.map((state) => ({ state })))).to.deep.equal(end)
    })
})

describe('the rollout after one that succeeded', () => {
  const rollouts = [{ workflowId: 'a' }, { workflowId: 'b' }, { workflowId: 'c' }]
  const rows = [
    ['a', 'b'],
    ['b', 'c'],
    ['c', null],
    // A release that is no longer known does not start again.
    ['d', null],
  ] as const
  for (const [ended, next] of rows)
    it(`is ${next ?? 'none'} after ${ended}`, () => {
      expect(rolloutAfter(rollouts, ended)?.workflowId ?? null).to.equal(next)
    })
})

it('hands a lost turn to a rollback of the same plan, which recovers it, and which everything in flight makes room for', () => {
  const lost = planOf({ onBusy: 'supersede' })
  const { service, environment } = lost.ref
  const workflowId = `rollback/${service}/${environment}/3`
  expect(recoveryPlan(lost, 3)).to.deep.equal({ ...lost, kind: 'rollback', workflowId, onBusy: null, recoversLost: true })
})
