/** Planted: two tests that pass. */
import { it } from 'mocha'

it('is fine', () => undefined)
it('is fine too', () => undefined)
