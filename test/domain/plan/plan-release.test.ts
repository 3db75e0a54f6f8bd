import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ReleasePlan } from '../../../domain/plan/plan.ts'
import { declarationDigest, planDigest, planRelease } from '../../../domain/plan/plan-release.ts'
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
      .with.property('code', 'request-in-flight')
  })
})
