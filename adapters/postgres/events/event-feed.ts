/** Wakes readers when a subject has new events: one LISTEN per process, and a poll that is quick only while LISTEN is down. */
import pg from 'pg'
import { longestTimerMs } from '../../../domain/bounds.ts'

export interface EventFeed {
  /**
   * Resolves when the subject may have news or `signal` aborts, after at most `pollMs` while LISTEN is down and five times that while it is
   * up. A thousand readers that polled each second kept all other requests waiting. Never rejects.
   */
  news(subject: string, signal: AbortSignal, pollMs?: number): Promise<void>
  close(): Promise<void>
}

const reconnectMs = 1_000
const calmTimes = 5

/** Connects at once, and again whenever the connection is lost. Until then the poll ends each wait. */
export function createEventFeed(url: string): EventFeed {
  const waiting = new Map<string, Set<() => void>>()
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const wake = (subject: string | undefined) => {
    const sets = subject === undefined ? [...waiting.values()] : [waiting.get(subject) ?? []]
    for (const set of sets) for (const resolve of [...set]) resolve()
  }
  const again = () => {
    client = null
    // LISTEN is down: from now on readers poll.
    wake(undefined)
    if (!isClosed) timer = setTimeout(() => void connect(), reconnectMs)
  }
  const connect = async () => {
    const next = new pg.Client({ connectionString: url, application_name: 'holdfast-events', connectionTimeoutMillis: 3_000 })
    next.on('notification', ({ payload }) => wake(payload))
    // 'end' follows an error too. Without this listener the loss of an idle connection would end the process.
    next.on('error', () => {})
    try {
      await next.connect()
      await next.query('listen holdfast_event')
    } catch {
      next.end().catch(() => {})
      return again()
    }
    if (isClosed) return void next.end()
    client = next
    next.once('end', again)
    // Events may have come while LISTEN was down.
    wake(undefined)
  }
  void connect()

  return {
    news: (subject, signal, pollMs = 1_000) =>
      new Promise((resolve) => {
        const set = waiting.get(subject) ?? new Set()
        waiting.set(subject, set)
        const done = () => {
          clearTimeout(poll)
          signal.removeEventListener('abort', done)
          set.delete(done)
          if (set.size === 0 && waiting.get(subject) === set) waiting.delete(subject)
          resolve()
        }
        const poll = setTimeout(done, Math.min(client ? calmTimes * pollMs : pollMs, longestTimerMs))
        set.add(done)
        signal.addEventListener('abort', done)
        if (signal.aborted) done()
      }),
    async close() {
      isClosed = true
      clearTimeout(timer)
      wake(undefined)
      await client?.end().catch(() => {})
    },
  }
}
