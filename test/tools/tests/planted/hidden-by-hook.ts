/** Planted: a hook fails, so two tests never run. */
import { before, describe, it } from 'mocha'

describe('behind a hook', () => {
  before(() => {
    throw new Error('planted')
  })
  it('never runs', () => undefined)
  it('never runs either', () => undefined)
})
