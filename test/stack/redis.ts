/** A real Redis for one test on loopback. By default it writes nothing to disk. It ends with the test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../adapters/free-port.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Child } from '../../ops/components/process.ts'
import { startChild, untilUp } from '../../ops/components/process.ts'
import { redis } from '../../ops/components/redis.ts'

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** The test's own connection, which ends with it. */
  readonly client: Redis
  /** Sends SIGKILL and resolves once the process has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port, with its saved data. */
  start(): Promise<void>
  /** Halts and continues the process. While it is halted, it does not answer. */
  freeze(): void
  thaw(): void
}

/** Resolves with the reason why there is none; null if there is one. */
export const noRedis = (): Promise<string | null> =>
  redis
    .find(process.env, () => {})
    .then(
      () => null,
      (error: unknown) => {
        if (isProblem(error, 'component-missing')) return error.message
        throw error
      },
    )

export async function startRedis(): Promise<TestRedis> {
  const { path } = await redis.find(process.env, () => {})
  const folder = mkdtempSync(join(tmpdir(), 'hf-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null })
  client.on('error', () => {})
  let child: Child | undefined
  const isUp = async () => {
    const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    probe.on('error', () => {})
    return probe
      .connect()
      .then(() => probe.ping())
      .then(
        () => true,
        () => false,
      )
      .finally(() => probe.disconnect())
  }
  const started: TestRedis = {
    url,
    client,
    async kill() {
      if (child) process.kill(child.pid, 'SIGKILL')
      await child?.exited
      child = undefined
    },
    freeze: () => void (child && process.kill(child.pid, 'SIGSTOP')),
    thaw: () => void (child && process.kill(child.pid, 'SIGCONT')),
    async start() {
      const logFile = join(folder, 'log')
      const args = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
      ]
      child = startChild({ command: path, args, env: { PATH: process.env['PATH'] }, logFile, cwd: folder })
      await untilUp('Redis', child, logFile, isUp)
    },
    async [Symbol.asyncDispose]() {
      client.disconnect()
      started.thaw()
      await child?.stop(5_000)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await started.start()
  return started
}
