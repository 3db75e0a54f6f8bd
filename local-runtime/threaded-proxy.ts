/**
 * A proxy in a thread of its own. An uncaught fault, a heap that keeps growing or an endless loop ends the proxy of one service only, and
 * the proxy is started again as it was. Settings and tables are sent at once, and are effective once the thread has answered.
 */
import { Problem } from '../domain/problem.ts'
import type { Timer } from '../adapters/timer.ts'
import { pause, startTimer } from '../adapters/timer.ts'
import type { Proxy, ProxyOptions, ProxyCounters, ProxySettings, RouteTable } from './proxy/contract.ts'
import type { Effective } from './proxy-thread.ts'
import type { ThreadLink } from './thread-link.ts'
import { startThread } from './thread-link.ts'

export interface ThreadedProxy extends Pick<Proxy, 'ports' | 'listenAt' | 'leave' | 'configure' | 'drained'> {
  /** Resolves once the table is effective, or when the thread ends. The next thread starts with the table. */
  setTable(table: RouteTable): Promise<void>
  /** The last answer of the thread; no weights while there is no thread. */
  effective(): Effective
  /**
   * Counters by series; see `isSeriesOf`. @throws Problem target-unavailable while the thread is being started again, as `history` does
   */
  read(nowMs: number): Promise<ProxyCounters>
  history(...asked: Parameters<Proxy['history']>): Promise<ReturnType<Proxy['history']>>
  close(graceMs?: number): Promise<void>
}

export interface ThreadedProxyOptions extends ProxyOptions {
  /** Called whenever a table or settings have become effective. */
  readonly onEffective: () => void
  /** Called when the thread ended by itself and is started again. */
  readonly onEnd: (why: string) => void
  /** The file that the thread runs. */
  readonly file: URL
  /** How often the thread is asked whether it still answers. */
  readonly pingEveryMs: number
}

const nothing: RouteTable = { generation: 0, routes: [], closeStreams: [] }
const nowhere: Effective = { weights: {}, generation: 0 }
/** A thread that ran at least this long is started again without a pause. */
const healthyMs = 10_000
const longestPauseMs = 2_000
const listenAgainMs = 100
/** A thread that leaves this many pings unanswered in a row is in a loop. */
const mostUnanswered = 3

/**
 * A new thread counts from 0. Its counters of a replica that an earlier thread counted are another series, named by the thread's number. In
 * the same series a reader would count too little, because the counter goes backwards, or passes its old value between two reads.
 */
export const isSeriesOf = (replica: string, series: string): boolean =>
  series === replica || series.startsWith(`${replica}${lifeMark}`)

const lifeMark = '~'

function inSeries(counters: ProxyCounters, life: number): ProxyCounters {
  if (life === 0) return counters
  return {
    ...counters,
    samples: counters.samples.map((sample) => ({ ...sample, replica: `${sample.replica}${lifeMark}${life}` })),
  }
}

/** Listens on 127.0.0.1. Rejects with Node's error when the port is not free. */
export async function createThreadedProxy(options: ThreadedProxyOptions): Promise<ThreadedProxy> {
  const { ref, directSecret, onEffective, onEnd, warn = () => {}, file, pingEveryMs } = options
  let settings: ProxySettings = { timeoutMs: options.timeoutMs, sticky: options.sticky, edgesMs: options.edgesMs }
  let table = nothing
  let effective = nowhere
  let isClosing = false
  /** The number of threads that have ended. */
  let life = 0
  const ports = new Set<number>()
  const begin = () => startThread(file, `proxy ${ref.service}/${ref.environment}`, warn)
  const openAt = (link: ThreadLink, port: number) => link.call('open', { ref, directSecret, port, ...settings })
  let thread: ThreadLink | null = begin()
  try {
    ports.add(await openAt(thread, options.port))
  } catch (error) {
    await thread.terminate()
    throw error
  }
  const held = (link: ThreadLink, answered: Effective) => {
    if (link !== thread) return
    effective = answered
    onEffective()
  }
  /** Without a thread this does nothing, because the next thread starts with the present table and settings. */
  const tell = async (method: 'setTable' | 'configure'): Promise<void> => {
    const link = thread
    const asked = method === 'setTable' ? link?.call('setTable', table) : link?.call('configure', settings)
    const answered = await asked?.catch(() => null)
    if (link && answered) held(link, answered)
  }
  const asking = (): ThreadLink => {
    if (thread) return thread
    throw new Problem('target-unavailable', `the proxy of ${ref.service}/${ref.environment} is being started again`)
  }
  void keeping()

  async function keeping(): Promise<void> {
    let pauseMs = 0
    for (let link = thread; link && !isClosing; ) {
      const startedAtMs = Date.now()
      const watching = watch(link, pingEveryMs)
      const why = await link.ended
      watching.cancel()
      thread = null
      effective = nowhere
      life += 1
      if (isClosing) return
      onEnd(why)
      pauseMs = Date.now() - startedAtMs > healthyMs ? 0 : Math.min(longestPauseMs, Math.max(50, pauseMs * 2))
      await pause(pauseMs)
      link = await again()
    }
  }

  /** Starts a new thread. Another program may have taken a port meanwhile, so this tries until all are free. */
  async function again(): Promise<ThreadLink | null> {
    while (!isClosing) {
      const link = begin()
      try {
        const [first = 0, ...others] = ports
        await openAt(link, first)
        for (const port of others) await link.call('listenAt', port)
        if (isClosing) throw new Error('closed meanwhile')
        thread = link
        void tell('configure')
        void tell('setTable')
        return link
      } catch {
        await link.terminate()
        await pause(listenAgainMs)
      }
    }
    return null
  }

  return {
    ports: () => [...ports],
    async listenAt(port) {
      await asking().call('listenAt', port)
      ports.add(port)
    },
    async leave(port, graceMs) {
      ports.delete(port)
      // A thread that ends meanwhile leaves the port too.
      await thread?.call('leave', port, graceMs).catch(() => {})
    },
    setTable(next) {
      table = next
      return tell('setTable')
    },
    configure(next) {
      settings = next
      void tell('configure')
    },
    effective: () => effective,
    drained: async (revision) => thread?.call('drained', revision).catch(() => {}),
    async read(nowMs) {
      const link = asking()
      const of = life
      return inSeries(await link.call('read', nowMs), of)
    },
    history: async (...asked) => asking().call('history', ...asked),
    async close(graceMs = 0) {
      isClosing = true
      await thread?.call('close', graceMs).catch(() => {})
      await thread?.terminate()
    },
  }
}

/** Counts unanswered pings instead of comparing times, so that a machine that slept does not end every proxy. */
function watch(link: ThreadLink, pingEveryMs: number): Timer {
  let unanswered = 0
  let timer: Timer
  const ask = (): void => {
    if (unanswered >= mostUnanswered) void link.terminate(`it did not answer for ${(unanswered * pingEveryMs) / 1_000} s`)
    unanswered += 1
    link.call('ping').then(
      () => (unanswered = 0),
      () => {},
    )
    timer = startTimer(pingEveryMs, ask, { idle: true })
  }
  timer = startTimer(pingEveryMs, ask, { idle: true })
  return { cancel: () => timer.cancel() }
}
