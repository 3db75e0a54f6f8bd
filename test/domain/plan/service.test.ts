import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { alphaOf, environmentOrder } from '../../../domain/plan/service.ts'
import { environmentNamed, serviceIn } from './service-in.ts'

const inOrder = (after: Readonly<Record<string, readonly string[]>>) =>
  environmentOrder({
    ...serviceIn(),
    environments: Object.entries(after).map(([name, names]) => ({ ...environmentNamed(name), after: names })),
  }).map(({ name }) => name)

describe('the order of environments', () => {
  const rows: readonly (readonly [what: string, after: Readonly<Record<string, readonly string[]>>, order: readonly string[]])[] =
    [
      ['is the declared one where none names another', { c: [], a: [], b: [] }, ['c', 'a', 'b']],
      [
        'has each after the one that it names',
        { production: ['staging'], staging: ['test'], test: [] },
        ['test', 'staging', 'production'],
      ],
      ['has one after all that it names', { production: ['eu', 'us'], us: [], eu: [] }, ['us', 'eu', 'production']],
      [
        'begins with the first declared that waits for none',
        { late: ['first'], first: [], second: [] },
        ['first', 'late', 'second'],
      ],
      ['is empty without environments', {}, []],
      ['leaves out those that wait for each other', { a: ['b'], b: ['a'], c: [] }, ['c']],
    ]
  for (const [what, after, order] of rows)
    it(what, () => {
      expect(inOrder(after)).to.deep.equal(order)
    })
})

describe("the share of a service's alpha", () => {
  it('is one share of each environment, and all of it together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.double({ min: 0.001, max: 0.2, noNaN: true }), (count, alpha) => {
        const service = { ...serviceIn(...Array.from({ length: count }, (_, at) => `e${at}`)), alpha }
        expect(alphaOf(service) * count).to.be.closeTo(alpha, 1e-12)
      }),
    )
  })

  it('is a number for a service that has none', () => {
    expect(alphaOf({ ...serviceIn(), alpha: 0.05 })).to.equal(0.05)
  })
})
