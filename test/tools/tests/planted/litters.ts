/** Planted: starts a process and does not end it. */
import { spawn } from 'node:child_process'
import { it } from 'mocha'

it('is fine', () => spawn('sleep', ['60'], { stdio: 'ignore' }).unref())
