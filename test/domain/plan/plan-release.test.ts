import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ReleasePlan } from '../../../domain/plan/plan.ts'
import { revisionOf } from '../../../domain/digest.ts'
import { declaredReplicas } from '../../../domain/plan/plan.ts'
import { declarationDigest, planDigest, planRelease, planRollback } from '../../../domain/plan/plan-release.ts'
import type { Environment } from '../../../domain/plan/service.ts'
import { environmentNamed, serviceIn } from './service-in.ts'

const environment = environmentNamed('production')
const { strategy, analysis } = environment
const service = serviceIn('production')
const input = {
  version: '1.1.0',
  artifact: 'sha256:a',
  until: null,
  now: false,
  note: null,
  retryOf: null,
  requestedBy: { kind: 'person', id: 'ann' } as const,
}
const plan = planRelease(service, 2, input)
const declaring = (changes: Partial<Environment>): ReleasePlan =>
  planRelease({ ...service, environments: [{ ...environment, ...changes }] }, 2, input)

describe('the digest of a plan', () => {
  const covered: Readonly<Record<string, ReleasePlan>> = {
    'its version': planRelease(service, 2, { ...input, version: '1.2.0' }),
    'its artifact': planRelease(service, 2, { ...input, artifact: 'sha256:b' }),
    'the declaration, even where this plan does not use it': planRelease({ ...service, owners: ['team-shop'] }, 2, input),
    'where it goes': planRelease({ ...service, environments: [environment, { ...environment, name: 'later' }] }, 2, input),
    'its strategy': declaring({ strategy: { ...strategy, progressDeadlineMs: 1 } }),
    'its analysis': declaring({ analysis: { ...analysis, lookMs: 2_000 } }),
    'its watch': declaring({ watchMs: 1 }),
    'whether it waits': planRelease(service, 2, { ...input, now: true }),
    'the rule of its revert': { ...plan, revert: 'another rule' as ReleasePlan['revert'] },
  }
  for (const [what, other] of Object.entries(covered))
    it(`changes with ${what}`, () => {
      expect(planDigest(other)).to.not.equal(planDigest(plan))
    })

  it('does not depend on the caller, the address, the reason or the number', () => {
    const others = {
      note: 'why',
      requestedBy: { kind: 'person', id: 'bob' } as const,
      console: 'http://127.0.0.1',
      retryOf: 'shop-1',
    }
    expect(planDigest(planRelease(service, 9, { ...input, ...others }))).to.equal(planDigest(plan))
  })
})

describe('the secrets of a plan', () => {
  const found = (digest: string) => ({
    declarationDigest: declarationDigest(service),
    environments: { production: { 'shop-token': digest } },
  })

  it('make another revision with each value, in the environment that has them', () => {
    const [none, one, other] = [input, { ...input, secrets: found('a') }, { ...input, secrets: found('b') }].map(
      (asked) => planRelease(service, 2, asked).rollouts[0]?.canary.revision,
    )
    expect(new Set([none, one, other]).size).to.equal(3)
  })

  it('prevent a start if they were read for another declaration than the planned one', () => {
    const declaredAnew = { ...service, owners: ['team-shop'] }
    expect(() => planRelease(declaredAnew, 2, { ...input, secrets: found('a') }))
      .to.throw(/is being declared anew/)
      .that.includes({ code: 'request-in-flight' })
  })

  it('of one environment leave the revision of another as it is', () => {
    const elsewhere = { declarationDigest: declarationDigest(service), environments: { staging: { 'shop-token': 'a' } } }
    expect(planRelease(service, 2, { ...input, secrets: elsewhere }).rollouts).to.deep.equal(plan.rollouts)
  })
})

describe('the plan of a release', () => {
  const two = serviceIn('staging', 'production')
  const asked = { ...input, now: true, note: 'why', retryOf: 'shop-1', console: 'http://console' }

  it('is what is declared and what was asked, environment by environment', () => {
    const { rollouts, ...whole } = planRelease(two, 2, asked)
    const { requestedBy, version, artifact } = input
    expect(whole).to.deep.equal({
      service: 'shop',
      release: 'shop-2',
      releaseNumber: 2,
      version,
      artifact,
      declarationDigest: declarationDigest(two),
      revert: 'to-what-is-stable-when-its-turn-comes',
      retryOf: 'shop-1',
      requestedBy,
      note: 'why',
    })
    const { metrics, smoke, hooks, watchMs, onBusy, target } = environment
    const edgesMs = [500]
    const expected = {
      kind: 'rollout',
      release: 'shop-2',
      releaseNumber: 2,
      owners: two.owners,
      metrics,
      replicas: 2,
      strategy,
      smoke,
      hooks,
      analysis,
      objective: two.objective,
      alpha: two.alpha / 2,
      watchMs,
      revertDeadlineMs: 120_000,
      onBusy,
      now: true,
      console: 'http://console',
      recoversLost: false,
    }
    const revision = rollouts[0]?.canary.revision ?? ''
    expect(revision, 'no secrets, no part of the digest').to.equal(revisionOf({ artifact, target, traffic: environment.traffic }))
    const canary = { revision, version, artifact, target, traffic: { kind: 'local', config: { edgesMs } } }
    expect(rollouts).to.deep.equal(
      ['staging', 'production'].map((name) => ({
        ...expected,
        ref: { service: 'shop', environment: name },
        workflowId: `rollout/shop/${name}/shop-2`,
        canary,
      })),
    )
  })

  it('has no link without a console, and another revision with another artifact, target or route', () => {
    expect(plan.rollouts[0]?.console).to.equal(null)
    const revisions = [
      plan,
      planRelease(service, 2, { ...input, artifact: 'sha256:b' }),
      declaring({ target: { kind: 'local', config: { replicas: 3 } } }),
      declaring({ traffic: { kind: 'local', config: { port: 8080 } } }),
    ].map(({ rollouts }) => rollouts[0]?.canary.revision)
    expect(new Set(revisions).size).to.equal(4)
  })

  it('counts on the replicas that are declared, and on one where none or no number is', () => {
    const counts = [3, 1, 2.9, 0, 0.5, -1, '3', undefined].map((replicas) =>
      declaredReplicas({ kind: 'local', config: { replicas } }),
    )
    expect(counts).to.deep.equal([3, 1, 2, 1, 1, 1, 1, 1])
  })

  it('back to an earlier version is the earlier plan, at once and past whatever is in flight', () => {
    const [good] = planRelease(two, 2, asked).rollouts
    if (!good) throw new Error('no rollout was planned')
    expect(planRollback({ ...good, now: false, recoversLost: true }, 7)).to.deep.equal({
      ...good,
      kind: 'rollback',
      workflowId: 'rollback/shop/staging/7',
      onBusy: null,
      now: true,
      recoversLost: false,
    })
  })
})
