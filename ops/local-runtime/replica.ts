/** One replica: a process in its own group, its health, and its restarts with a growing pause. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './proxy/contract.ts'
import { endGroup, startTime } from './groups.ts'
import { probe } from './health.ts'
import type { OutputFile } from './output-file.ts'
import { freePort } from '../components/process.ts'
import type { RevisionState } from './state.ts'

export interface ReplicaEvents {
  /** The process runs: recorded before anything else can happen to it. */
  started(replica: string, pid: number, startedAt: string, restart: number): void
  ended(replica: string, why: string): void
  /** Health or its explanation changed. */
  changed(): void
}

export interface Replica {
  /** Null while it is not healthy. */
  backend(): Backend | null
  detail(): string
  /** SIGTERM to the group, grace, SIGKILL; resolves when all of it is gone. */
  stop(): Promise<void>
}

export interface ReplicaOptions {
  /** Slot within the revision, for names. */
  readonly index: number
  readonly spec: RevisionState
  readonly folder: string
  readonly output: OutputFile
  readonly events: ReplicaEvents
}

export function startReplica({ index, spec, folder, output, events }: ReplicaOptions): Replica {
  const stopping = new AbortController()
  let backend: Backend | null = null
  let detail = 'starting'
  let child: ChildProcess | null = null
  const tell = (next: Backend | null, why: string) => {
    const changed = next?.replica !== backend?.replica
    backend = next
    detail = why
    if (changed) events.changed()
  }

  /** One life of the process, from spawn to exit. */
  async function live(restart: number): Promise<void> {
    const port = await freePort()
    const replica = `${spec.revision}-${index}-${port}-${Date.now().toString(36)}`
    const [file = '', ...args] = spec.config.command
    const cwd = spec.config.cwd.replaceAll('{artifact}', folder)
    const env = {
      ...spec.config.env,
      PORT: String(port),
      HOST: '127.0.0.1',
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
    }
    const process_ = spawn(
      file,
      args.map((arg) => arg.replaceAll('{artifact}', folder)),
      { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    child = process_
    output.take(process_, replica)
    const exit = new Promise<string>((resolve) => {
      process_.once('error', (error) => resolve(error.message))
      process_.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`))
    })
    const pid = process_.pid
    if (pid !== undefined) events.started(replica, pid, startTime(pid), restart)
    const life = new AbortController()
    const watched = probe({ port, ...spec.config.health }, life.signal, (healthy, why) =>
      tell(healthy ? { replica, port } : null, why),
    )
    const why = await exit
    life.abort()
    tell(null, why)
    await watched
    // Children that the process left in its group go with it.
    if (pid !== undefined) await endGroup(pid, spec.config.graceMs)
    if (pid !== undefined) events.ended(replica, why)
  }

  const { minMs, maxMs } = spec.config.restart
  const running = (async () => {
    let pauseMs = minMs
    for (let restart = 0; !stopping.signal.aborted; restart += 1) {
      const startedAtMs = Date.now()
      await live(restart).catch((error: unknown) => tell(null, error instanceof Error ? error.message : String(error)))
      if (Date.now() - startedAtMs > 10 * maxMs) pauseMs = minMs
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      pauseMs = Math.min(maxMs, pauseMs * 2)
    }
  })()

  return {
    backend: () => backend,
    detail: () => detail,
    async stop() {
      stopping.abort()
      if (child?.pid !== undefined) await endGroup(child.pid, spec.config.graceMs)
      await running
    },
  }
}
