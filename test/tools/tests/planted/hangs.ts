/** Planted: a test that does not end. */
import { it } from 'mocha'

it('hangs', function (done) {
  this.timeout(0)
  setTimeout(done, 600_000)
})
