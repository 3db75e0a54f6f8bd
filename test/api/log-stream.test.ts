import { expect } from 'chai'
import { describe, it } from 'mocha'
import { overlap } from '../../api/log-stream.ts'

describe('lines that are followed', () => {
  it('are told once, whatever part of them was seen before', () => {
    expect(overlap([], ['a', 'b'])).to.equal(0)
    expect(overlap(['a', 'b'], ['a', 'b'])).to.equal(2)
    expect(overlap(['a', 'b', 'c'], ['b', 'c', 'd'])).to.equal(2)
    expect(overlap(['x', 'y'], ['a', 'b'])).to.equal(0)
    expect(overlap(['a', 'a'], ['a', 'a', 'a'])).to.equal(2)
  })
})
