/** Planted: ends the process in the middle. */
import { it } from 'mocha'

it('is fine', () => undefined)
it('a test that is killed', () => process.kill(process.pid, 'SIGKILL'))
