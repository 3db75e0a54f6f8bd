/** The inside of a proxy's thread: one proxy, called by messages. An error that is thrown here ends this thread and nothing else. */
import { parentPort } from 'node:worker_threads'
import type { Proxy, ProxyOptions, ProxyCounters, ProxySettings, RouteTable } from './proxy/contract.ts'
import { createProxy } from './proxy/proxy.ts'

export interface Effective {
  readonly weights: Readonly<Record<string, number>>
  readonly generation: number
}

/** The calls that the thread answers. The first is `open`. */
export interface ThreadMethods {
  open(options: Omit<ProxyOptions, 'warn'>): Promise<number>
  listenAt(port: number): Promise<void>
  leave(port: number, graceMs: number): Promise<void>
  /** Returns the weights that are effective from then on. */
  setTable(table: RouteTable): Effective
  configure(settings: ProxySettings): Effective
  drained(revision: string): Promise<void>
  read(nowMs: number): ProxyCounters
  history(...asked: Parameters<Proxy['history']>): ReturnType<Proxy['history']>
  close(graceMs: number): Promise<void>
  ping(): void
}

export type ThreadCall = { readonly id: number; readonly method: keyof ThreadMethods; readonly args: readonly unknown[] }
export type ThreadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }
  | { readonly warning: string }

let proxy: Proxy | null = null

function opened(): Proxy {
  if (proxy) return proxy
  throw new Error('the proxy was not opened')
}

const methods: ThreadMethods = {
  async open(options) {
    proxy = await createProxy({ ...options, warn: (warning) => parentPort?.postMessage({ warning } satisfies ThreadAnswer) })
    return proxy.port
  },
  listenAt: (port) => opened().listenAt(port),
  leave: (port, graceMs) => opened().leave(port, graceMs),
  setTable(table) {
    opened().setTable(table)
    return opened().effective()
  },
  configure(settings) {
    opened().configure(settings)
    return opened().effective()
  },
  drained: (revision) => opened().drained(revision),
  read: (nowMs) => ({
    samples: opened().counters(nowMs),
    weights: opened().effective().weights,
    unrouted: opened().unrouted(),
    ledger: opened().ledger(),
  }),
  history: (...asked) => opened().history(...asked),
  close: async (graceMs) => proxy?.close(graceMs),
  ping: () => {},
}

parentPort?.on('message', (call: ThreadCall) => void answer(call))

async function answer({ id, method, args }: ThreadCall): Promise<void> {
  const answered = (message: ThreadAnswer) => parentPort?.postMessage(message)
  try {
    answered({ id, value: await (methods[method] as (...given: readonly unknown[]) => unknown)(...args) })
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    answered({ id, error: { message, code: code ?? '' } })
  }
}
