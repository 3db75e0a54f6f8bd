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
})
