/** Where users reach a place: its proxy, on a port that stays the same whatever happens to the runtime. */
import { setTimeout as sleep } from 'node:timers/promises'
import { placeKey } from '../../domain/identity.ts'
import { Problem, isProblem } from '../../domain/problem.ts'
import type { Proxy, ProxySettings } from './proxy/contract.ts'
import { createProxy } from './proxy/proxy.ts'
import type { PlaceState, RouterConfig } from './state.ts'

export interface Front {
  /** Null until it was opened, and while somebody else has its port. */
  proxy(): Proxy | null
  /** Listens, or takes over changed settings. @throws Problem port-taken */
  open(router: RouterConfig): Promise<void>
  /** Listens again after the runtime's own start. A port that somebody took meanwhile is tried until it is free. */
  restore(): Promise<void>
  /** No new requests; what is under way gets a short while. */
  close(): Promise<void>
}

export interface FrontOptions {
  readonly state: PlaceState
  readonly persist: (change: Pick<PlaceState, 'router' | 'port'>) => void
  /** A port for a place that declares none. @throws Problem port-taken when all are */
  readonly unusedPort: () => Promise<number>
  /** There is a new proxy, which knows no routes yet. */
  readonly onProxy: () => void
  readonly warn: (message: string) => void
}

const listenAgainMs = 500
/** For what a proxy still answers when it gives up its port. */
const leaveMs = 2_000

export function createFront({ state, persist, unusedPort, onProxy, warn }: FrontOptions): Front {
  let proxy: Proxy | null = null
  let stopped = false
  /** One at a time: two would take the port from each other. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }

  /** Another port takes another proxy: the former one answers what it has. */
  async function listen(router: RouterConfig, port: number): Promise<void> {
    const former = proxy
    proxy = await listening(state, router, port)
    onProxy()
    void former?.close(leaveMs)
  }

  /** Nobody knows the port of a place that was never opened: where somebody took it meanwhile, another one does as well. */
  async function listenFirst(router: RouterConfig, port: number): Promise<number> {
    const mayMove = router.port === undefined && state.router === null
    try {
      await listen(router, port)
      return port
    } catch (error) {
      if (!mayMove || !isProblem(error, 'port-taken')) throw error
      return listenFirst(router, await unusedPort())
    }
  }

  async function listenLater(): Promise<void> {
    while (!stopped && !proxy) {
      await sleep(listenAgainMs)
      await inTurn(async () => {
        if (state.router && !proxy && !stopped) await listen(state.router, state.port)
      }).catch(() => {})
    }
  }

  return {
    proxy: () => proxy,
    open: (router) =>
      inTurn(async () => {
        if (proxy && JSON.stringify(router) === JSON.stringify(state.router)) return
        const wanted = router.port ?? state.port
        if (proxy?.port === wanted) proxy.configure(settingsOf(router))
        const port = proxy?.port === wanted ? wanted : await listenFirst(router, wanted)
        persist({ router, port })
      }),
    restore: () =>
      inTurn(async () => {
        if (!state.router) return
        await listen(state.router, state.port).catch((error: unknown) => {
          warn(error instanceof Error ? error.message : String(error))
          void listenLater()
        })
      }),
    async close() {
      stopped = true
      await last
      await proxy?.close(leaveMs)
    },
  }
}

/** @throws Problem port-taken */
async function listening({ place, directSecret }: PlaceState, router: RouterConfig, port: number): Promise<Proxy> {
  try {
    return await createProxy({ place, port, directSecret, ...settingsOf(router) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Problem('port-taken', `port ${port} of ${placeKey(place)} is taken`, {
      hint: 'end what listens there, or declare another port',
    })
  }
}

const settingsOf = ({ timeoutMs, sticky, edgesMs }: RouterConfig): ProxySettings => ({
  timeoutMs,
  sticky,
  edgesMs: edgesMs.toSorted((a, b) => a - b),
})
