import { expect } from 'chai'
import { describe, it } from 'mocha'
import { needsPermission } from '../../../domain/plan/permission.ts'
import type { Revision, RolloutPlan } from '../../../domain/plan/plan.ts'
import { planRelease, planRollback } from '../../../domain/plan/plan-release.ts'
import { recoveryPlan } from '../../../domain/queue/after-turn.ts'
import { serviceIn } from './service-in.ts'

const release = (version: string, retryOf: string | null = null): RolloutPlan => {
  const requestedBy = { kind: 'person', id: 'ann' } as const
  const input = { version, artifact: `sha256:${version}`, until: null, now: false, note: null, retryOf, requestedBy }
  return planRelease(serviceIn('production'), 2, input).rollouts[0] ?? expect.fail('no rollout')
}
const good = release('1.0.0')
const next = release('1.1.0')
const stable = good.canary

describe("the operator's permission", () => {
  const rows: readonly (readonly [what: string, plan: RolloutPlan, stable: Revision | null, isNeeded: boolean])[] = [
    ['the rollout of a new version', next, stable, true],
    ['the first rollout', next, null, true],
    ['the retry of a release', release('1.1.0', 'shop-1'), stable, true],
    ['a version of the same name and another revision', { ...good, canary: { ...stable, revision: 'r-other' } }, stable, true],
    ['a rollout whose version is stable already, and only has to serve again', good, stable, false],
    ['a rollback to a version that was good', planRollback(good, 3), next.canary, false],
    ['a rollback to the stable version', planRollback(good, 3), stable, false],
    ['a rollback where nothing is stable', planRollback(good, 3), null, false],
    ['the recovery of a lost rollout', recoveryPlan(next, 3), stable, false],
    ['the recovery of a lost first rollout', recoveryPlan(next, 3), null, false],
    ['the recovery of a lost rollback', recoveryPlan(planRollback(good, 3), 4), next.canary, false],
  ]
  for (const [what, plan, stableThen, isNeeded] of rows)
    it(`is ${isNeeded ? 'needed' : 'not asked'} for ${what}`, () => {
      expect(needsPermission(plan, stableThen)).to.equal(isNeeded)
    })
})
