/** Planted: ends like an engine that is out of memory, with its last output on stderr. */
import { it } from 'mocha'

it('is fine', () => undefined)
it('a test that aborts its process', () => {
  process.stderr.write('FATAL ERROR: planted\n')
  process.abort()
})
