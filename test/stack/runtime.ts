/** A local runtime of a test's own: a real process in a folder that goes with it. */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiledCode } from '../../adapters/process/inherited.ts'
import type { RuntimeClient } from '../../adapters/local-runtime/client.ts'
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import type { Child } from '../../ops/components/process.ts'
import { startChild, untilUp } from '../../ops/components/process.ts'

const root = join(import.meta.dirname, '../..')

export const demoService = join(root, 'ops/demo/service')

export interface TestRuntime extends AsyncDisposable {
  /** Folder of its state, logs and artifacts. */
  readonly home: string
  readonly socket: string
  readonly client: RuntimeClient
  /** SIGKILL to the runtime alone; resolves when it is dead. */
  kill(): Promise<void>
  /** An orderly end, with its services. */
  stop(): Promise<void>
  /** Starts it again on the same folder. */
  start(): Promise<void>
}

/** @param home on a disk of a test's own @param args of the runtime beside those that all have */
export async function startRuntime(home?: string, args: readonly string[] = []): Promise<TestRuntime> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-rt-'))
  return runtimeIn(folder, home ?? join(folder, 'home'), args)
}

async function runtimeIn(folder: string, home: string, more: readonly string[]): Promise<TestRuntime> {
  const socket = join(folder, 's')
  // A hundred ports of its own, below those that the system gives out: another test's runtime, or the demo's, may hold 7500.
  const firstPort = String(10_000 + 100 * randomInt(200))
  const client = createRuntimeClient(socket)
  let child: Child | undefined
  const isUp = () =>
    client.info().then(
      () => true,
      () => false,
    )
  const runtime: TestRuntime = {
    home,
    socket,
    client,
    async kill() {
      if (child) process.kill(child.pid, 'SIGKILL')
      await child?.exited
    },
    async stop() {
      await child?.stop(20_000)
    },
    async start() {
      const logFile = join(folder, 'log')
      child = startChild({
        command: process.execPath,
        args: [join(root, 'local-runtime/main.ts'), '--home', home, '--socket', socket, '--first-port', firstPort, ...more],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compiledCode() },
        logFile,
      })
      await untilUp('the local runtime', child, logFile, isUp)
    },
    async [Symbol.asyncDispose]() {
      // A killed runtime's services are ended by its next life.
      if (child?.hasExited()) await runtime.start()
      await runtime.stop()
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await runtime.start()
  return runtime
}
