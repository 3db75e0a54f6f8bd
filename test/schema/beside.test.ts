import { expect } from 'chai'
import { describe, it } from 'mocha'
import { listOf, memberOf, numberOf, textOf } from '../../schema/beside.ts'

describe('a value of any shape', () => {
  const values: readonly unknown[] = ['abc', 7, true, null, undefined, [1], { length: 2 }]

  it('has the members of its own, if it is an object', () => {
    expect(values.map((value) => memberOf(value, 'length'))).to.deep.equal([...Array<undefined>(5).fill(undefined), 1, 2])
    expect([memberOf({}, 'toString'), memberOf([1], '0')]).to.deep.equal([undefined, 1])
  })

  it('is read as a list, a number or a text only where it is one', () => {
    expect(values.map(listOf)).to.deep.equal([[], [], [], [], [], [1], []])
    expect(values.map(numberOf).filter((value) => value !== undefined)).to.deep.equal([7])
    expect(values.map(textOf).filter((value) => value !== undefined)).to.deep.equal(['abc'])
  })
})
