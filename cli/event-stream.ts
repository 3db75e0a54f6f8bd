/**
 * Server-sent events that survive a lost connection. The follower reconnects with the last id that it got, so that it misses no event and
 * repeats none.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../domain/problem.ts'
import { ApiProblem } from './api-problem.ts'
import type { Client } from './client.ts'
import { longestTimerMs } from '../domain/bounds.ts'

export interface ServerEvent {
  readonly id: string | null
  readonly event: string
  readonly data: string
}

/** Reads events from the bytes of a stream as they arrive. Skips comments and unknown fields. */
export async function* readServerEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  let text = ''
  let fields: { id: string | null; event: string; data: string[] } = { id: null, event: 'message', data: [] }
  for await (const chunk of bytes) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    text = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (fields.data.length > 0) yield { ...fields, data: fields.data.join('\n') }
        fields = { id: null, event: 'message', data: [] }
        continue
      }
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
      if (name === 'data') fields.data.push(value)
      else if (name === 'id') fields.id = value
      else if (name === 'event') fields.event = value
    }
  }
}

export interface FollowOptions {
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly signal: AbortSignal
  /** The id after which the stream continues, when earlier events were read. */
  readonly lastEventId?: string
  /** Whether all events have come. Called when the server ends a stream without `event: end`, as it also does when it shuts down. */
  readonly isOver: () => Promise<boolean>
  /** Called when the connection is lost, and when it is back. */
  readonly onConnection?: (up: boolean) => void
  /** After this time without a byte, the connection counts as dead. The server sends a comment every 15 s. */
  readonly silenceMs?: number
  /** How long the API may be away before the follower fails. */
  readonly patienceMs?: number
}

/**
 * Yields events until the server sends `event: end`, or ends its stream and `isOver` agrees.
 * @throws ApiProblem when refused for good; Problem unreachable after `patienceMs` without the API; the signal's reason
 */
export async function* followEvents(client: Client, options: FollowOptions): AsyncGenerator<ServerEvent> {
  const { signal, patienceMs = 300_000 } = options
  let last = options.lastEventId ?? null
  let failures = 0
  let lostAtMs: number | null = null
  while (!signal.aborted) {
    let limitedMs = 0
    try {
      for await (const event of openEvents(client, options, last)) {
        if (lostAtMs !== null) options.onConnection?.(true)
        failures = 0
        lostAtMs = null
        last = event.id ?? last
        if (event.event === 'end') return
        yield event
      }
      if (await options.isOver()) return
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (isFinal(error)) throw error
      limitedMs = limitedMsOf(error)
      if (lostAtMs === null) options.onConnection?.(false)
      lostAtMs ??= performance.now()
      if (performance.now() - lostAtMs > patienceMs) throw error
    }
    failures += 1
    const pauseMs = Math.max(limitedMs, Math.min(5_000, 100 * 2 ** Math.min(failures, 6)))
    await delay(Math.min(pauseMs, longestTimerMs), undefined, { signal })
  }
  throw signal.reason
}

/** The events of one connection. @throws ApiProblem, Problem unreachable when no byte comes for too long, and errors of the connection */
export async function* openEvents(
  client: Client,
  options: Pick<FollowOptions, 'path' | 'query' | 'signal' | 'silenceMs'>,
  last: string | null = null,
): AsyncGenerator<ServerEvent> {
  const { path, query, signal, silenceMs = 45_000 } = options
  const silence = new AbortController()
  const timer = setTimeout(
    () => silence.abort(new Problem('unreachable', 'the stream of events went silent')),
    Math.min(silenceMs, longestTimerMs),
  )
  try {
    const response = await client.open({
      method: 'GET',
      path,
      ...(query ? { query } : {}),
      headers: { accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': last }) },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (!response.body) return
    yield* readServerEvents(refreshing(response.body, timer))
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}

async function* refreshing(body: AsyncIterable<Uint8Array>, timer: NodeJS.Timeout): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    timer.refresh()
    yield chunk
  }
}

/** How long the rate limit asks the client to wait; 0 for any other error. */
function limitedMsOf(error: unknown): number {
  const seconds = error instanceof ApiProblem && error.status === 429 ? error.document['retryAfter'] : 0
  return typeof seconds === 'number' ? Math.min(60, seconds) * 1_000 : 0
}

/** Whether another attempt would fail too: true for every refusal of the API, except that it is overloaded or restarting. */
export const isFinal = (error: unknown): boolean => error instanceof ApiProblem && error.status < 500 && error.status !== 429
