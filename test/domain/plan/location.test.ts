import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { LocatedEnvironment, Location } from '../../../domain/plan/location.ts'
import { assertStays, isSameLocation } from '../../../domain/plan/location.ts'
import { Problem } from '../../../domain/problem.ts'

const at = (target: string, traffic = 'replicas'): Location => ({ target, traffic })
const [here, there, routed] = [at('main'), at('other'), at('main', 'gateway')]

const answerTo = (...environments: readonly LocatedEnvironment[]) => {
  try {
    assertStays(environments)
    return 'stays'
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'invalid-input') throw error
    return error.errors
  }
}
const moves = (pointer: string, detail: string) => ({ pointer, detail })

describe('an environment that is declared anew', () => {
  const target = moves('/environments/0/target', 'production is at main, not other')
  const traffic = moves('/environments/0/traffic', 'production is at replicas, not gateway')
  const rows = [
    ['stays where its versions are', here, [here, here], 'stays'],
    ['may be anywhere while it has nothing', there, [], 'stays'],
    ['does not move its target', there, [here], [target]],
    ['does not change its router', routed, [here], [traffic]],
    ['changes neither', at('other', 'gateway'), [here], [target, traffic]],
    ['does not move where one of several versions is somewhere else', there, [there, here], [target]],
    ['is named once, however many versions it has', there, [here, here, here], [target]],
  ] as const
  for (const [what, declared, inUse, expected] of rows)
    it(what, () => {
      expect(answerTo({ name: 'production', declared, inUse })).to.deep.equal(expected)
    })

  it('is named by its position, beside others', () => {
    const [stays, moved] = [
      { name: 'staging', declared: here, inUse: [here] },
      { name: 'production', declared: there, inUse: [here] },
    ]
    expect(answerTo(stays, moved)).to.deep.equal([moves('/environments/1/target', 'production is at main, not other')])
  })

  it('is in the same location where target and router both are', () => {
    expect([here, there, routed].map((one) => isSameLocation(here, one))).to.deep.equal([true, false, false])
  })
})
