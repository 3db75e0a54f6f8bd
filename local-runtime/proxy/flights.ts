/** What is in progress for each revision: requests, which a drain waits for, and streams, which have no end of their own. */

import { startTimer } from '../../adapters/timer.ts'
import type { Faults } from './faults.ts'

/** An answer without a length that lasts longer counts as a stream. Shorter ones are never cut. */
const streamAfterMs = 5_000

export interface Stream {
  /** `endless`: upgraded or an event stream. `unbounded`: an answer without a length, a stream once it has lasted 5 s. */
  readonly kind: 'endless' | 'unbounded'
  /** `performance.now()` */
  readonly openedMs: number
  end(): void
}

export interface Flights {
  enter(revision: string): void
  leave(revision: string): void
  /** Call the returned function when the stream is over. */
  open(revision: string, stream: Stream): () => void
  /** Ends the streams of exactly these revisions, those that are open and those that open later. */
  closing(revisions: readonly string[]): void
  inFlight(revision: string): number
  drained(revision: string): Promise<void>
  close(): void
}

interface Flight {
  requests: number
  readonly streams: Set<Stream>
  readonly waiters: Array<() => void>
}

export function createFlights(faults: Faults): Flights {
  const flights = new Map<string, Flight>()
  let closed: ReadonlySet<string> = new Set()

  const of = (revision: string): Flight => {
    let flight = flights.get(revision)
    if (!flight) flights.set(revision, (flight = { requests: 0, streams: new Set(), waiters: [] }))
    return flight
  }
  const isDone = (revision: string, { requests, streams }: Flight): boolean =>
    requests === 0 && !(closed.has(revision) && [...streams].some(({ kind }) => kind === 'endless'))
  const settle = (revision: string, flight: Flight): void => {
    if (flight.waiters.length > 0 && isDone(revision, flight)) for (const done of flight.waiters.splice(0)) done()
    if (flight.requests === 0 && flight.streams.size === 0) flights.delete(revision)
  }
  const endInTime = (revision: string, stream: Stream): void => {
    if (stream.kind === 'endless') return stream.end()
    const leftMs = stream.openedMs + streamAfterMs - performance.now()
    if (leftMs <= 0) return stream.end()
    const check = faults.guarded('proxy', () => {
      if (closed.has(revision) && flights.get(revision)?.streams.has(stream)) stream.end()
    })
    startTimer(leftMs, check, { idle: true })
  }

  return {
    enter: (revision) => void of(revision).requests++,
    leave(revision) {
      const flight = of(revision)
      flight.requests--
      if (flight.requests === 0) settle(revision, flight)
    },
    open(revision, stream) {
      const flight = of(revision)
      flight.streams.add(stream)
      if (closed.has(revision)) endInTime(revision, stream)
      return () => {
        flight.streams.delete(stream)
        settle(revision, flight)
      }
    },
    closing(revisions) {
      closed = new Set(revisions)
      for (const revision of revisions)
        for (const stream of [...(flights.get(revision)?.streams ?? [])]) endInTime(revision, stream)
    },
    inFlight: (revision) => flights.get(revision)?.requests ?? 0,
    drained(revision) {
      const flight = flights.get(revision)
      if (!flight || isDone(revision, flight)) return Promise.resolve()
      return new Promise((resolve) => void flight.waiters.push(resolve))
    },
    close() {
      for (const { streams } of [...flights.values()]) for (const { end } of [...streams]) end()
    },
  }
}
