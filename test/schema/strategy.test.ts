import { expect } from 'chai'
import { describe, it } from 'mocha'
import { faultsOf, shop } from './declared.ts'

describe('a declared strategy', () => {
  it('that is no canary is not told how the steps of one must be, but that it has none', () => {
    const text = shop('    strategy: { kind: blue-green, bake: { min: 2h, max: 1h }, steps: [{ weight: 50 }, { weight: 20 }] }')
    expect(faultsOf(text).map(({ pointer }) => pointer)).to.have.members([
      '/environments/0/strategy/bake',
      '/environments/0/strategy/steps',
    ])
  })
})
