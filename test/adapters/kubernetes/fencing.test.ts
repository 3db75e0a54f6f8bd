/** Which writes are late on a cluster: a table, and a property over histories of turns. */
import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import type { Fencing } from '../../../adapters/kubernetes/fencing.ts'
import { tokenAnnotations, fencingOf, stampOn } from '../../../adapters/kubernetes/fencing.ts'
import type { LiveObject, Owned } from '../../../adapters/kubernetes/resource.ts'

const object = (name: string, token: string | null): LiveObject => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    resourceVersion: '7',
    labels: {},
    annotations: token === null ? {} : { 'holdfast.dev/fencing-token': token },
    managedFields: [],
  },
})
const deployment = (name: string, token: string | null): Owned => ({ kind: 'Deployment', object: object(name, token) })
const own = { token: 5, step: 3 }

const names = (of: readonly Owned[]): string => of.map((one) => one.object.metadata.name).join(', ')

/** A decision in the words of the table: what is to be done, and with which objects. */
const told = (fencing: Fencing): string =>
  fencing.is === 'late'
    ? `late: ${fencing.seen.token}.${fencing.seen.step}`
    : `stamp ${names(fencing.stamp)}; remove ${names(fencing.lateCreates)}`

const rows: readonly (readonly [string, string | null, readonly Owned[], string])[] = [
  ['an environment without a record is new', null, [], 'stamp ; remove '],
  [
    'a record of the turn before: all that is there is stamped',
    '4.9',
    [deployment('a', '4.9'), deployment('b', '2.1')],
    'stamp a, b; remove ',
  ],
  [
    'stamped as far as a worker came that died before it reached the record',
    '4.9',
    [deployment('a', '5.1'), deployment('b', '4.2')],
    'stamp a, b; remove ',
  ],
  ['a record of the step before: all that is there is stamped', '5.2', [deployment('a', '5.2')], 'stamp a; remove '],
  [
    'the same turn: what is older than the record was created late',
    '5.1',
    [deployment('a', '5.1'), deployment('b', '4.2')],
    'stamp a; remove b',
  ],
  [
    'the same step: what an earlier step of the turn has was created late',
    '5.3',
    [deployment('a', '5.3'), deployment('b', '5.2')],
    'stamp ; remove b',
  ],
  ['a repeat', '5.3', [deployment('a', '5.3')], 'stamp ; remove '],
  ['a later step', '5.4', [], 'late: 5.4'],
  ['a later step that has only stamped objects yet', '5.2', [deployment('a', '5.4')], 'late: 5.4'],
  ['a later turn', '6.1', [deployment('a', '6.1')], 'late: 6.1'],
  ['a later turn that has only stamped objects yet', '4.9', [deployment('a', '6.1')], 'late: 6.1'],
  ['a step is compared as a number', '5.10', [], 'late: 5.10'],
  ['an object whose token somebody took away: it may be what users have', '5.3', [deployment('a', null)], 'stamp a; remove '],
  ['an object whose token somebody wrote over', '5.3', [deployment('a', 'soon')], 'stamp a; remove '],
  ['an environment whose record somebody removed: all is stamped anew', null, [deployment('a', '4.1')], 'stamp a; remove '],
  [
    'a record whose token somebody removed: all is stamped anew',
    'none',
    [deployment('a', '5.1'), deployment('b', '4.1')],
    'stamp a, b; remove ',
  ],
]

describe('a step on a cluster', () => {
  for (const [what, record, owned, expected] of rows)
    it(`knows ${what}`, () => {
      expect(told(fencingOf(record === null ? null : object('record', record), owned, own))).to.equal(expected)
    })

  it('reads the token that it wrote', () => {
    const token = { workflowId: 'rollout/shop/production/shop-7', token: 12, step: 34 }
    const { metadata } = object('a', null)
    expect(stampOn({ metadata: { ...metadata, annotations: { ...tokenAnnotations(token) } } })).to.deep.equal({
      token: 12,
      step: 34,
    })
  })

  it('is late exactly if something it would change has seen a newer one', () => {
    const seen = fc.record({ token: fc.integer({ min: 0, max: 4 }), step: fc.integer({ min: 0, max: 4 }) })
    fc.assert(
      fc.property(seen, fc.array(seen, { maxLength: 4 }), seen, (record, objects, mine) => {
        const text = (one: typeof mine) => `${one.token}.${one.step}`
        const fencing = fencingOf(
          object('record', text(record)),
          objects.map((one, index) => deployment(String(index), text(one))),
          mine,
        )
        const order = (one: typeof mine) => one.token * 10 + one.step
        expect(fencing.is === 'late').to.equal([record, ...objects].some((one) => order(one) > order(mine)))
      }),
    )
  })
})
