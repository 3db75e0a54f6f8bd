/** Planted: ends the process in the middle. */
import { it } from 'mocha'

it('is fine', () => undefined)
it('crashes', () => process.kill(process.pid, 'SIGKILL'))
