/** A local runtime for one test: a real process in a folder that is removed with it. */
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
  /** Sends SIGKILL to the runtime only, and resolves once it has ended. */
  kill(): Promise<void>
  /** Ends it and its services in order. */
  stop(): Promise<void>
  /** Starts it again on the same folder. */
  start(): Promise<void>
}

/** @param home a folder of its own, for example on another disk @param args further arguments of the runtime */
export async function startRuntime(home?: string, args: readonly string[] = []): Promise<TestRuntime> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-rt-'))
  return runtimeIn(folder, home ?? join(folder, 'home'), args)
}

async function runtimeIn(folder: string, home: string, more: readonly string[]): Promise<TestRuntime> {
  const socket = join(folder, 's')
  // A hundred ports of its own, below the system's ephemeral ports, because another runtime may have 7500.
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
      // The next runtime process ends the services of a killed one.
      if (child?.hasExited()) await runtime.start()
      await runtime.stop()
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await runtime.start()
  return runtime
}
