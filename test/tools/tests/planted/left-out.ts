/** Planted: one test leaves itself out, a hook leaves out another. */
import { before, describe, it } from 'mocha'
import { leaveOut } from '../../../left-out.ts'

it('is fine', () => undefined)
it('needs a browser', function () {
  leaveOut(this, 'chromium is not on PATH')
})
describe('behind a hook', () => {
  before(function () {
    leaveOut(this, 'prometheus is not on PATH')
  })
  it('needs rules', () => undefined)
})
