/** One replica: a process in its own group, its health, and its restarts with a growing pause. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Exit } from '../domain/analysis/liveness.ts'
import { exitText } from '../domain/analysis/liveness.ts'
import type { FencingToken } from '../domain/queue/fencing-token.ts'
import { Problem } from '../domain/problem.ts'
import { freePort } from '../adapters/free-port.ts'
import { pause } from '../adapters/timer.ts'
import { isNoSpace } from './artifact-faults.ts'
import type { Environment } from './environment.ts'
import { environmentOf } from './environment.ts'
import { inherited } from '../adapters/process/inherited.ts'
import { endGroup } from '../adapters/process/process-group.ts'
import { startTime } from '../adapters/process/process-table.ts'
import { spawnAs } from '../adapters/process/users.ts'
import { probe } from './health.ts'
import type { OutputFile } from './output-file.ts'
import type { Backend } from './proxy/contract.ts'
import type { RevisionState } from './state.ts'
import type { WorkingCopy } from './store.ts'

export interface ReplicaEvents {
  /**
   * Called before the start, to record it, so that a kill before `started` leaves no unknown process. When it throws, nothing starts.
   */
  starting(replica: string, port: number, by: FencingToken, restart: number): void
  started(replica: string, pid: number, startedAt: string): void
  /** All its processes have ended. @param ran false when the command could not be started at all */
  over(replica: string, ran: boolean): void
  /** The replica has another backend, or none any more. */
  changed(): void
  /** The first good health check came this long after the process started. */
  healthy(startMs: number): void
  /** A process of a replica that had been healthy ended by itself. */
  exited(exit: Exit): void
}

export interface Replica {
  /** Null while it is not healthy. */
  backend(): Backend | null
  /** The last health answer or exit, for people. */
  detail(): string
  /** Whether any process of it has listened at its port. */
  hasListened(): boolean
  /** Why it will never become ready, unless another replica of the revision has listened; null when it may still become ready. */
  cannotStart(): string | null
  /** Sends SIGTERM to the group, waits the grace time, sends SIGKILL. Resolves when all of its processes are gone. */
  stop(): Promise<void>
}

export interface ReplicaOptions {
  /** Slot within the revision, for names. */
  readonly index: number
  readonly spec: RevisionState
  /** The token of the run that asked for it. Each of its starts is logged under this token. */
  readonly fencingToken: FencingToken
  /** How often an earlier life of the runtime started it. */
  readonly restarts: number
  /** Whether it was healthy in an earlier life of the runtime. */
  readonly wasHealthy: boolean
  /** Makes a copy of the artifact for one process. Files that an earlier process left in its copy cannot stop this one from starting. */
  readonly workingCopy: (name: string) => Promise<WorkingCopy>
  /** The present value of a secret. @throws Problem secret-unavailable */
  readonly secretOf: (name: string) => string
  readonly output: OutputFile
  readonly events: ReplicaEvents
}

/** A process that runs for this many of the longest pauses ends a series of crashes. */
const calmAfterPauses = 10
/** After this many processes in a row that ended this soon without listening, more will end the same way. */
const [hopelessExits, soonMs] = [3, 2_000]
/** The output that goes into a verdict: rows searched, lines kept, and characters of each line. */
const [lastRows, lastLines, longestWord] = [200, 8, 300]
const lastWordsMs = 250
const letGoMs = 1_000
/** The operating system's errors for a command that does not exist or may not be executed. */
const notExecutable = new Set(['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'EISDIR', 'ELOOP', 'E2BIG'])

export function startReplica(options: ReplicaOptions): Replica {
  const { index, spec, fencingToken, restarts, output, events } = options
  const { graceMs, health, restart: pauses } = spec.config
  const stopping = new AbortController()
  let backend: Backend | null = null
  let detail = 'starting'
  let group: number | null = null
  let wasHealthy = options.wasHealthy
  let hasListened = false
  let lastExit: string | null = null
  let exitsInARow = 0
  let notExecuted: string | null = null
  const tell = (next: Backend | null, why: string) => {
    const changed = next?.replica !== backend?.replica
    backend = next
    detail = why
    if (changed) events.changed()
  }

  /** The working copy of the previous process. When a full disk allows no new copy, the replica starts again in this one. */
  const former: { copy: WorkingCopy | null } = { copy: null }

  /** One life of the process, from its start until its whole group has ended. */
  async function live(restart: number): Promise<void> {
    const copy = await options.workingCopy(`${spec.revision}-${randomUUID()}`).catch((error: unknown) => {
      if (!former.copy || !isNoSpace(error)) throw error
      return former.copy
    })
    if (former.copy !== copy) await former.copy?.remove()
    former.copy = copy
    await liveIn(copy, restart)
  }

  async function liveIn(copy: WorkingCopy, restart: number): Promise<void> {
    const port = await freePort()
    if (stopping.signal.aborted) return
    const replica = `${spec.revision}-${index}-${port}-${Date.now().toString(36)}`
    events.starting(replica, port, fencingToken, restart)
    let spawned: ChildProcess | null = null
    try {
      const { env, hidden } = environmentOf(spec.config.env, options.secretOf)
      const child = spawnReplica(spec, copy, env, port)
      spawned = child
      const exit = exitOf(child)
      output.take(child, replica, hidden)
      if (child.pid === undefined) return refused(await exit)
      group = child.pid
      events.started(replica, child.pid, startTime(child.pid))
      const life = new AbortController()
      const startedAtMs = Date.now()
      let listens = false
      let isHealthy = false
      const watched = probe({ port, ...health }, life.signal, ({ healthy, why, isListening }) => {
        listens ||= isListening
        hasListened ||= isListening
        if (healthy && !isHealthy) {
          events.healthy(Date.now() - startedAtMs)
          wasHealthy = isHealthy = true
        }
        // While nothing listens yet, the last exit of a restarting replica says more than the failed check.
        tell(healthy ? { replica, port } : null, listens ? why : (lastExit ?? why))
      }).catch((error: unknown) => tell(null, wordsOf(error)))
      const end = await exit
      const { why } = end
      const atMs = Date.now()
      life.abort()
      exitsInARow = listens || Date.now() - startedAtMs > soonMs ? 0 : exitsInARow + 1
      lastExit = why
      tell(null, why)
      // The signal is read before the wait for the last output: an end that Holdfast causes is not an exit of the replica.
      if (wasHealthy && !stopping.signal.aborted) await reportExit(child, replica, end, atMs)
      await watched
    } finally {
      // Ends the children that the process left in its group, and a process that could not be recorded.
      if (group !== null) await endGroup(group, graceMs)
      if (spawned) void letGo(spawned)
      events.over(replica, group !== null)
      group = null
    }
  }

  async function reportExit(child: ChildProcess, replica: string, { code, signal }: End, atMs: number): Promise<void> {
    await closing(child)
    const rows = await output.tail(lastRows)
    const lines = rows.filter((row) => row.replica === replica).map(({ line }) => line.slice(0, longestWord))
    events.exited({ replica: index, atMs, code, signal, lines: lines.slice(-lastLines) })
  }

  function refused({ why, refusal }: End): void {
    if (refusal !== null && notExecutable.has(refusal)) notExecuted = why
    lastExit = why
    tell(null, why)
  }

  const running = (async () => {
    let pauseMs = pauses.minMs
    for (let restart = restarts; !stopping.signal.aborted; restart += 1) {
      const startedAtMs = Date.now()
      await live(restart).catch((error: unknown) => tell(null, wordsOf(error)))
      if (Date.now() - startedAtMs > calmAfterPauses * pauses.maxMs) pauseMs = pauses.minMs
      await pause(pauseMs, stopping.signal)
      pauseMs = Math.min(pauses.maxMs, pauseMs * 2)
    }
    await former.copy?.remove()
  })()

  return {
    backend: () => backend,
    detail: () => detail,
    hasListened: () => hasListened,
    cannotStart: () =>
      notExecuted ?? (exitsInARow >= hopelessExits && lastExit ? `${lastExit}, ${exitsInARow} times before it listened` : null),
    async stop() {
      stopping.abort()
      if (group !== null) await endGroup(group, graceMs)
      await running
    },
  }
}

/** The error's message, with its hint where it has one. */
function wordsOf(error: unknown): string {
  if (error instanceof Problem && error.hint) return `${error.message}: ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

function spawnReplica(
  spec: RevisionState,
  { folder, user }: WorkingCopy,
  declared: Environment['env'],
  port: number,
): ChildProcess {
  const inFolder = (text: string) => text.replaceAll('{artifact}', folder)
  const [file = '', ...args] = spec.config.command.map(inFolder)
  const { PATH, HOME: ours } = inherited()
  // Another user must not use the runtime's own home.
  const HOME = user ? folder : ours
  const env = { ...declared, PORT: String(port), HOST: '127.0.0.1', PATH, HOME }
  return spawn(file, args, {
    cwd: resolve(folder, inFolder(spec.config.cwd)),
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...spawnAs(user),
  })
}

interface End extends Pick<Exit, 'code' | 'signal'> {
  readonly why: string
  /** The operating system's error, when the command could not be executed at all. */
  readonly refusal: string | null
}

const exitOf = (child: ChildProcess): Promise<End> =>
  new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ why: error.message, code: null, signal: null, refusal: error.code ?? null }),
    )
    child.once('exit', (code, signal) => resolve({ why: exitText({ code, signal }), code, signal, refusal: null }))
  })

/** Waits until its last output is read. Its streams end with it, unless its children keep them open. */
const closing = (child: ChildProcess, withinMs = lastWordsMs): Promise<unknown> =>
  Promise.race([new Promise((resolve) => child.once('close', resolve)), pause(withinMs)])

/**
 * Closes the streams of a process that has ended. A child that left the group would keep them open at every restart, until the runtime and
 * all its proxies have no file left to open.
 */
async function letGo(child: ChildProcess): Promise<void> {
  await closing(child, letGoMs)
  child.stdout?.destroy()
  child.stderr?.destroy()
}
