/** Planted: a test that does not end, and has started a process in its own group. */
import { it } from 'mocha'
import { startChild } from '../../../../ops/components/process.ts'
import '../../../stack/at-end.ts'

it('hangs', function (done) {
  this.timeout(0)
  const script = 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1000)'
  const args = ['-e', script, process.env['HOLDFAST_PLANTED_MARK'] ?? '']
  startChild({ command: process.execPath, args, env: {}, logFile: '/dev/null' })
  setTimeout(done, 600_000)
})
