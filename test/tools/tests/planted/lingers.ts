/** Planted: leaves a timer that keeps the process alive. */
import { it } from 'mocha'

it('is fine', () => void setInterval(() => undefined, 1000))
