/** Planted: one passes, one fails. */
import { it } from 'mocha'

it('is fine', () => undefined)
it('is wrong', () => {
  throw new Error('planted')
})
