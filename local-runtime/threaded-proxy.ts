/**
 * A proxy in a thread of its own: what ends it (a fault that nobody guarded, a heap that grew without end, a loop without end) ends one
 * service's proxy, which is started again as it was. Settings and tables go in at once and hold once the thread has said so.
 */
import { Problem } from '../domain/problem.ts'
import { pause } from '../adapters/timer.ts'
import type { Proxy, ProxyOptions, ProxyCounters, ProxySettings, RouteTable } from './proxy/contract.ts'
import type { Effective } from './proxy-thread.ts'
import type { ThreadLink } from './thread-link.ts'
import { startThread } from './thread-link.ts'

export interface ThreadedProxy extends Pick<Proxy, 'ports' | 'listenAt' | 'leave' | 'configure' | 'drained'> {
  /** Resolves once it holds; of a thread that ends meanwhile, at once: the next one begins with it. */
  setTable(table: RouteTable): Promise<void>
  /** As the thread said last; nothing while there is none. */
  effective(): Effective
  /**
   * Counters by series: see `isSeriesOf`. @throws Problem target-unavailable while the thread is being started again, as the next three
   */
  read(nowMs: number): Promise<ProxyCounters>
  history(...asked: Parameters<Proxy['history']>): Promise<ReturnType<Proxy['history']>>
  close(graceMs?: number): Promise<void>
}

export interface ThreadedProxyOptions extends ProxyOptions {
  /** Told whenever a table holds. */
  readonly onEffective: () => void
  /** Told when the thread ended by itself and is started again. */
  readonly onEnd: (why: string) => void
  /** Where the thread begins. */
  readonly file: URL
}

const nothing: RouteTable = { generation: 0, routes: [], closeStreams: [] }
const nowhere: Effective = { weights: {}, generation: 0 }
/** Having lived this long, a thread is started again at once. */
const healthyMs = 10_000
const longestPauseMs = 2_000
const listenAgainMs = 100
/** A thread that says nothing for so long is in a loop; a busy machine is late by seconds at most. */
const stuckAfterMs = 15_000
const pingEveryMs = 5_000

/**
 * A thread counts from 0. What it counts of a replica that an earlier one had counted is another series, named by the thread's number:
 * whoever reads a counter that went backwards, or that has passed its old value again unseen, would count too little.
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

/** Listens on 127.0.0.1. Rejects with Node's error when the port cannot be had. */
export async function createThreadedProxy(options: ThreadedProxyOptions): Promise<ThreadedProxy> {
  const { ref, directSecret, onEffective, onEnd, warn = () => {}, file } = options
  let settings: ProxySettings = { timeoutMs: options.timeoutMs, sticky: options.sticky, edgesMs: options.edgesMs }
  let table = nothing
  let effective = nowhere
  let isClosing = false
  /** Threads that have ended. */
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
  const held = (link: ThreadLink, said: Effective) => {
    if (link !== thread) return
    effective = said
    onEffective()
  }
  /** What is asked while there is no thread is asked again of the next: it takes over table and settings as they are then. */
  const tell = async (method: 'setTable' | 'configure'): Promise<void> => {
    const link = thread
    const asked = method === 'setTable' ? link?.call('setTable', table) : link?.call('configure', settings)
    const said = await asked?.catch(() => null)
    if (link && said) held(link, said)
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
      const watching = watch(link)
      const why = await link.ended
      clearInterval(watching)
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

  /** Its ports may have been taken meanwhile: they are tried until they are free. */
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
      // A thread that ends meanwhile has left the port too.
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

/** By pings without an answer, not by the clock: a machine that slept is no reason to end every proxy. */
function watch(link: ThreadLink): NodeJS.Timeout {
  let unanswered = 0
  const timer = setInterval(() => {
    if (unanswered * pingEveryMs >= stuckAfterMs) void link.terminate(`it did not answer for ${stuckAfterMs / 1_000} s`)
    unanswered += 1
    link.call('ping').then(
      () => (unanswered = 0),
      () => {},
    )
  }, pingEveryMs)
  timer.unref()
  return timer
}
