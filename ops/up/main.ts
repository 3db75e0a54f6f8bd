/** `npm start`: starts the whole stack on this machine, makes a first key, runs the demo, and ends all in order. */
import { ConsoleLink } from '../../schema/answers.ts'
import { createClient } from '../../cli/client.ts'
import { showFailure } from '../../cli/problem-text.ts'
import { read } from '../../cli/api-answers.ts'
import { colorOf } from '../../cli/settings.ts'
import { createTerminal } from '../../cli/terminal.ts'
import { help, readArguments } from './arguments.ts'
import { runDemo } from './demo.ts'
import { firstKey } from './first-key.ts'
import type { Home } from './home.ts'
import { openHome } from './home.ts'
import { readStackConfig } from './process-settings.ts'
import type { Stack } from './stack.ts'
import { startStack } from './stack.ts'
import { tell } from './tell.ts'

const terminal = createTerminal({
  stdout: process.stdout,
  stderr: process.stderr,
  color: colorOf(process.env),
})
const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())

try {
  process.exitCode = await up()
} catch (error) {
  if (error === ending.signal.reason) {
    terminal.note('interrupted before the stack was up; nothing is left running')
    // Exit at once: a download in progress would keep the process alive.
    process.exit(130)
  }
  process.exitCode = Math.max(1, showFailure(terminal, error))
}

async function up(): Promise<number> {
  const options = readArguments(process.argv.slice(2))
  if (options.help) {
    terminal.line(help)
    return 0
  }
  const config = readStackConfig(process.env)
  const home = openHome(config.home, options.renewSecrets)
  try {
    const startedAtMs = Date.now()
    const stack = await startStack({
      home,
      env: process.env,
      config,
      port: options.port ?? config.port,
      terminateUnreplayable: options.terminateUnreplayable,
      renewSecrets: options.renewSecrets,
      say: terminal.note,
      signal: ending.signal,
    })
    try {
      await serve(stack, home, startedAtMs, options.demo)
    } finally {
      const ends = `API, workers,${options.keepServices ? '' : ' services,'} Temporal, PostgreSQL`
      terminal.line(`\nending: ${ends}${options.keepServices ? '; services run on' : ''}`)
      await stack.stop(options.keepServices)
    }
    return 0
  } finally {
    home.release()
  }
}

async function serve(stack: Stack, home: Home, startedAtMs: number, demo: boolean): Promise<void> {
  // Register this before the first await, or an abort in the meantime would be missed.
  const ended = new Promise<void>((resolve) => {
    if (ending.signal.aborted) resolve()
    else ending.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const token = await firstKey(stack, home, process.env)
  const client = createClient({ url: stack.apiUrl, token: async () => token })
  const { url } = read(ConsoleLink.pick({ url: true }), (await client.call({ method: 'POST', path: '/v1/console/links' })).json)
  const rows: readonly (readonly [string, string])[] = [
    ['console', `${url}  (once, within 5 minutes; 'holdfast console' makes another)`],
    ['API', `${stack.apiUrl}/docs`],
    ['Temporal', stack.temporalUiUrl],
    ['metrics', stack.metricsUrls.join('  ')],
    ['data', home.folder],
  ]
  terminal.line(`\nHoldfast is up after ${((Date.now() - startedAtMs) / 1_000).toFixed(1)} s\n`)
  for (const [name, value] of rows) terminal.line(`  ${terminal.paint('bold', name.padEnd(9))} ${value}`)
  terminal.line()
  const { signal } = ending
  const showing = demo ? runDemo({ client, home: home.folder, terminal, signal }) : Promise.resolve()
  await Promise.race([ended, Promise.all([showing, tell({ client, terminal, signal, sinceMs: startedAtMs })]).then(() => ended)])
}
