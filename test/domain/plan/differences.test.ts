import { expect } from 'chai'
import { describe, it } from 'mocha'
import { differences } from '../../../domain/plan/differences.ts'

describe('the difference between two declarations', () => {
  it('is nothing between equal ones, whatever the order of their keys', () => {
    expect(differences({ a: 1, b: [{ c: [] }] }, { b: [{ c: [] }], a: 1 })).to.deep.equal([])
  })

  it('names what is added, removed and changed, with environments by name', () => {
    const before = {
      name: 'shop',
      environments: [
        { name: 'staging', watchMs: 1 },
        { name: 'production', watchMs: 900_000, after: ['staging'] },
      ],
    }
    const after = { name: 'shop', environments: [{ name: 'production', watchMs: 60_000, after: [] }], owners: ['ann'] }
    expect(differences(before, after)).to.deep.equal([
      { at: 'environments.production.watchMs', before: 900_000, after: 60_000 },
      { at: 'environments.production.after.0', before: 'staging' },
      { at: 'environments.staging', before: { name: 'staging', watchMs: 1 } },
      { at: 'owners', after: ['ann'] },
    ])
  })

  const rows: readonly (readonly [what: string, before: unknown, after: unknown, at: readonly string[]])[] = [
    ['by what was null', { database: null }, { database: 'shop' }, ['database']],
    ['by what is null now', { a: { b: 1 } }, { a: null }, ['a']],
    ['by their place where a member has no name', [{ name: 'a' }, 'b'], [{ name: 'a' }, 'c'], ['1']],
    ['by their place where a member is null', [{ name: 'a' }, null], [{ name: 'b' }, null], ['0.name']],
    [
      'by their place where two have one name',
      [{ name: 'a', x: 1 }, { name: 'a' }],
      [{ name: 'a', x: 2 }, { name: 'a' }],
      ['0.x'],
    ],
    ['by name, in whatever order', [{ name: 'a' }, { name: 'b', x: 1 }], [{ name: 'b', x: 2 }, { name: 'a' }], ['b.x']],
  ]
  for (const [what, before, after, at] of rows)
    it(`names members ${what}`, () => {
      expect(differences(before, after).map((one) => one.at)).to.deep.equal(at)
    })
})
