/**
 * Load on one URL. Open loop: requests start by absolute time, whatever became of the ones before, and latency counts from the instant
 * a request was due, so that a stalled server is not spared the requests that it would have kept waiting (no coordinated omission).
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { createLatencies } from './latencies.ts'
import type { Quantiles } from './latencies.ts'
import { longestTimerMs } from '../../domain/bounds.ts'

export interface LoadOptions {
  readonly url: string
  /** Infinity runs until `signal`. */
  readonly forMs: number
  /** Answers of the first so many ms are counted, but not among the latencies: connections are opened, code is compiled. */
  readonly warmUpMs?: number
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** At most so many connections; requests beyond wait for one, and their wait counts. */
  readonly maxSockets?: number
  /** Without an answer for so long a request has failed. */
  readonly timeoutMs?: number
  /** The answer's header that names its version. */
  readonly versionHeader?: string
  /** Lowest status that is a failure. */
  readonly failsFrom?: number
  /** Ends the load: what is under way is awaited, nothing new starts. */
  readonly signal?: AbortSignal
  readonly onAnswer?: (answer: Answer) => void
}

export interface OpenLoopOptions extends LoadOptions {
  readonly rps: number
  /** Requests that may wait or be under way at a time; one more is not sent and counts as a failure. */
  readonly maxOutstanding?: number
}

export interface Answer {
  /** Epoch: when the request was due. */
  readonly dueAtMs: number
  /** Epoch: when its answer was complete or it had failed. */
  readonly endedAtMs: number
  /** From due to complete. */
  readonly latencyMs: number
  readonly status: number | undefined
  readonly version: string | undefined
  /** Why it failed: an error code, `status 502`, or `not-sent`. */
  readonly failure: string | undefined
}

export interface VersionLoad {
  requests: number
  failures: number
  /** Epoch: due time of the first and the last request that this version answered. */
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
  /** By version header; `unknown` without one. */
  readonly versions: Readonly<Record<string, VersionLoad>>
  /** How late the generator itself was at worst: above some ms the machine is too busy for the figures to mean much. */
  readonly lateMs: number
}

const keptFailures = 10_000

/** Sends `rps` requests a second for `forMs`; resolves when the last is answered or has failed. */
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

/** Keeps `connections` requests under way for `forMs`: what a server can do, not how it feels. */
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
    // Below what servers keep, so that a request seldom meets a connection that is being closed; it is not sent twice when it does.
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
