/**
 * Sends load to one URL. In the open loop, each request starts at its due time, whatever happened to earlier ones. Its latency counts from
 * that time, so a stalled server is charged for the requests that it keeps waiting (no coordinated omission).
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { createLatencies } from './latencies.ts'
import type { Quantiles } from './latencies.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface LoadOptions {
  readonly url: string
  /** Infinity runs until `signal` aborts. */
  readonly forMs: number
  /** Latencies of this first time are left out, because connections are opened and code is compiled. The answers are counted. */
  readonly warmUpMs?: number
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The most connections. Further requests wait for one, and their wait counts as latency. */
  readonly maxSockets?: number
  /** A request without an answer for this long has failed. */
  readonly timeoutMs?: number
  /** The header of an answer that names its version. */
  readonly versionHeader?: string
  /** The lowest status that is a failure. */
  readonly failsFrom?: number
  /** Ends the load: no new request starts, and those in flight are awaited. */
  readonly signal?: AbortSignal
  readonly onAnswer?: (answer: Answer) => void
}

export interface OpenLoopOptions extends LoadOptions {
  readonly rps: number
  /** The most requests that wait or are in flight at a time. Further ones are not sent and count as failures. */
  readonly maxOutstanding?: number
}

export interface Answer {
  /** When the request was due (epoch). */
  readonly dueAtMs: number
  /** When its answer was complete, or it failed (epoch). */
  readonly endedAtMs: number
  /** The time from due to complete. */
  readonly latencyMs: number
  readonly status: number | undefined
  readonly version: string | undefined
  /** Why it failed: an error code, `status 502`, or `not-sent`. */
  readonly failure: string | undefined
}

export interface VersionLoad {
  requests: number
  failures: number
  /** The due times of the first and the last request that this version answered (epoch). */
  firstAtMs: number
  lastAtMs: number
  readonly statuses: Record<string, number>
}

export interface LoadReport extends Quantiles {
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly requests: number
  readonly failures: number
  /** The first 10,000 failures, each with its time. */
  readonly failed: readonly Answer[]
  /** By the version header; `unknown` without one. */
  readonly versions: Readonly<Record<string, VersionLoad>>
  /** The worst delay of the generator itself. Above a few ms, the machine is too busy for meaningful figures. */
  readonly lateMs: number
}

const keptFailures = 10_000

/** Sends `rps` requests a second for `forMs`. Resolves when the last one is answered or has failed. */
export async function openLoop(options: OpenLoopOptions): Promise<LoadReport> {
  const { rps, forMs, signal, maxSockets = 256, maxOutstanding = maxSockets * 8 } = options
  const load = createLoad(options)
  const begin = performance.now()
  const dueOf = (index: number): number => begin + (index * 1_000) / rps
  const pending = new Set<Promise<void>>()
  let lateMs = 0
  for (let index = 0; dueOf(index) < begin + forMs && !signal?.aborted; ) {
    const now = performance.now()
    if (dueOf(index) > now) {
      await wait(Math.min(dueOf(index) - now, longestTimerMs))
      continue
    }
    lateMs = Math.max(lateMs, now - dueOf(index))
    const due = dueOf(index++)
    if (pending.size >= maxOutstanding) {
      load.notSent(due)
      continue
    }
    const sent = load.send(due).finally(() => pending.delete(sent))
    pending.add(sent)
  }
  await Promise.all(pending)
  return load.end(lateMs)
}

/** Keeps `connections` requests in flight for `forMs`. Measures the throughput of a server, not the latency that users would see. */
export async function closedLoop(options: LoadOptions & { readonly connections: number }): Promise<LoadReport> {
  const load = createLoad({ ...options, maxSockets: options.connections })
  const until = performance.now() + options.forMs
  const client = async (): Promise<void> => {
    while (performance.now() < until && !options.signal?.aborted) await load.send(performance.now())
  }
  await Promise.all(Array.from({ length: options.connections }, client))
  return load.end(0)
}

interface Load {
  /** @param due `performance.now()` */
  send(due: number): Promise<void>
  notSent(due: number): void
  end(lateMs: number): Promise<LoadReport>
}

function createLoad(options: LoadOptions): Load {
  const { url, method = 'GET', headers = {}, body, versionHeader = 'x-version', failsFrom = 500, timeoutMs = 30_000 } = options
  const { origin, pathname, search } = new URL(url)
  const pool = new Pool(origin, {
    connections: options.maxSockets ?? 256,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // Shorter than servers keep connections, so that a request seldom meets one that is being closed. Such a request is not repeated.
    keepAliveTimeout: 2_000,
  })
  const record = createRecord(options.onAnswer, performance.now() + (options.warmUpMs ?? 0))
  const startedAtMs = Date.now()
  return {
    async send(due) {
      let status: number | undefined
      let version: string | undefined
      let failure: string | undefined
      try {
        const answer = await pool.request({ path: pathname + search, method, headers: { ...headers }, body: body ?? null })
        status = answer.statusCode
        version = first(answer.headers[versionHeader])
        for await (const _ of answer.body);
        if (status >= failsFrom) failure = `status ${status}`
      } catch (error) {
        failure = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
      }
      record.add(due, status, version, failure)
    },
    notSent: (due) => record.add(due, undefined, undefined, 'not-sent'),
    async end(lateMs) {
      await pool.close()
      return { startedAtMs, endedAtMs: Date.now(), lateMs, ...record.read() }
    },
  }
}

function createRecord(onAnswer: LoadOptions['onAnswer'], warmAt: number) {
  const latencies = createLatencies()
  const versions: Record<string, VersionLoad> = {}
  const failed: Answer[] = []
  let requests = 0
  let failures = 0
  const addVersion = (name: string, { dueAtMs, status, failure }: Answer): void => {
    const load = (versions[name] ??= { requests: 0, failures: 0, firstAtMs: dueAtMs, lastAtMs: dueAtMs, statuses: {} })
    load.requests++
    load.firstAtMs = Math.min(load.firstAtMs, dueAtMs)
    load.lastAtMs = Math.max(load.lastAtMs, dueAtMs)
    if (failure !== undefined) load.failures++
    if (status !== undefined) load.statuses[status] = (load.statuses[status] ?? 0) + 1
  }
  return {
    add(due: number, status: number | undefined, version: string | undefined, failure: string | undefined): void {
      const now = performance.now()
      const endedAtMs = Date.now()
      const latencyMs = now - due
      const answer: Answer = { dueAtMs: endedAtMs - latencyMs, endedAtMs, latencyMs, status, version, failure }
      requests++
      if (due >= warmAt) latencies.record(latencyMs)
      if (failure !== undefined) {
        failures++
        if (failed.length < keptFailures) failed.push(answer)
      }
      addVersion(version ?? 'unknown', answer)
      onAnswer?.(answer)
    },
    read: () => ({ requests, failures, failed, versions, ...latencies.quantiles() }),
  }
}

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)
