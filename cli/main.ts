/** The command line's composition root: signals, the environment, and an exit code that scripts can trust. */
import { join } from 'node:path'
import { Interrupted } from './context.ts'
import { exitCodes } from './exit-codes.ts'

// The import is late, because a package that is missing should end in its remedy.
const { runCommandLine } = await import('./command-line.ts').catch(refuseWithoutPackages)

/** Prints the remedy for a package that was removed. */
function refuseWithoutPackages(error: NodeJS.ErrnoException): never {
  const [, name] = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message) ?? []
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) throw error
  const root = join(import.meta.dirname, '..')
  console.error(`holdfast: the package ${name} is missing\n  run 'npm start' (or 'npm ci') in ${root} once`)
  process.exit(exitCodes.unreachable)
}

/** Exits at once, and shows the cursor again that a live view may have hidden. */
function leave(exit: number): never {
  if (process.stdout.isTTY) process.stdout.write('\x1b[?25h')
  process.exit(exit)
}

/** The terminal sends Ctrl-C to both processes, and bin/holdfast.mjs passes it on, so this process may get it twice. */
const oneMomentMs = 300

const interrupt = new AbortController()
let interruptedAtMs = 0
process.on('SIGINT', () => {
  // A second Ctrl-C ends the process at once.
  if (interrupt.signal.aborted && performance.now() - interruptedAtMs > oneMomentMs) leave(exitCodes.interrupted)
  if (!interrupt.signal.aborted) interruptedAtMs = performance.now()
  interrupt.abort(new Interrupted())
})
process.on('SIGTERM', () => leave(143))
// A reader that stops reading (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed),
)
process.exitCode = await runCommandLine(process.argv.slice(2), process.env, interrupt.signal)
