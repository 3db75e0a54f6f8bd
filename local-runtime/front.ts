/** The address where users reach an environment: its proxy, on a port that stays the same after a restart of the runtime. */
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../adapters/free-port.ts'
import { environmentKey } from '../domain/identity.ts'
import { Problem, isProblem } from '../domain/problem.ts'
import type { ThreadedProxy } from './threaded-proxy.ts'
import { createThreadedProxy } from './threaded-proxy.ts'
import { portsOf, settingsOf } from './routing.ts'
import type { FrontState } from './routing.ts'
import type { EnvironmentState, RouterConfig } from './state.ts'

export interface Front {
  /** Null until it was opened, and while another program has its port. */
  proxy(): ThreadedProxy | null
  /**
   * Listens as `router` says and at no other port, then persists it. Connections to a port that it leaves get 30 s to end.
   * @param mayStill throws when a newer step came during the wait for the port
   * @throws Problem port-taken
   */
  open(router: RouterConfig, mayStill: () => void): Promise<void>
  /**
   * The port that `router` asks for. If it is none of the environment's ports, the proxy listens there as well. @throws Problem port-taken
   */
  listenFor(router: RouterConfig): Promise<number>
  /** Applies the settings in the environment's state. Synchronous. */
  configure(): void
  /** Checks that a version with `router` can have its port. @throws Problem port-taken */
  assertPort(router: RouterConfig): Promise<void>
  /** Listens again after the runtime's own start. A port that another program took meanwhile is tried until it is free. */
  restore(): Promise<void>
  /** Frees the environment's ports for others, once `persist` has saved that. Requests in flight get 2 s to end. */
  leave(persist: () => void): Promise<void>
  /** Accepts no new requests. Requests in flight get 2 s to end. */
  close(): Promise<void>
}

export interface FrontOptions {
  readonly state: EnvironmentState
  readonly persist: (change: FrontState) => void
  /** A port for an environment that declares none. @throws Problem port-taken when no port is free */
  readonly unusedPort: () => Promise<number>
  /** The file that a proxy's thread runs. */
  readonly proxyCode: URL
  /** Called for a new proxy, which has no routes yet. */
  readonly onProxy: () => void
  /** Called when the proxy has applied a table. */
  readonly onEffective: () => void
  readonly warn: (message: string) => void
}

const listenAgainMs = 500
/** The time for requests in flight when a proxy ends. */
const leaveMs = 2_000
/** The time for connections to a port that the environment leaves. */
const leavePortMs = 30_000
/** A proxy's thread that misses three pings is ended after 15 s. A busy machine is late by seconds at most. */
const pingEveryMs = 5_000

export function createFront({ state, persist, unusedPort, proxyCode, onProxy, onEffective, warn }: FrontOptions): Front {
  let proxy: ThreadedProxy | null = null
  let stopped = false
  /** Changes run one after the other, because two at once would take the port from each other. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }

  /** @throws Problem port-taken */
  const listen = (port: number): Promise<void> =>
    orTaken(state, port, async () => {
      if (proxy) return proxy.listenAt(port)
      const { ref, directSecret } = state
      proxy = await createThreadedProxy({
        ...{ ref, port, directSecret, ...settingsOf(state) },
        file: proxyCode,
        pingEveryMs,
        onEffective,
        onEnd: (why) => warn(`the proxy of ${environmentKey(ref)} ended (${why}); it is started again`),
        warn: (message) => warn(`${environmentKey(ref)}: ${message}`),
      })
      onProxy()
    })

  const isAt = (port: number): boolean => proxy?.ports().includes(port) ?? false

  /**
   * Finds a port and listens there. Users do not know the port of an environment that never had one. If another program took the port
   * meanwhile, such an environment gets another.
   */
  async function reach(router: RouterConfig, found = 0): Promise<number> {
    const [port = 0] = portsOf(state, router)
    const mayMove = router.port === undefined && (state.port === 0 || state.router === null)
    const wanted = found || port || (await unusedPort())
    try {
      if (!isAt(wanted)) await listen(wanted)
      return wanted
    } catch (error) {
      if (!mayMove || !isProblem(error, 'port-taken')) throw error
      return reach(router, await unusedPort())
    }
  }

  function leaveAllBut(port: number): void {
    for (const other of proxy?.ports() ?? []) if (other !== port) void proxy?.leave(other, leavePortMs)
  }

  async function listenLater(): Promise<void> {
    const missing = () => (state.router ? portsOf(state).filter((port) => !isAt(port)) : [])
    while (!stopped && missing().length > 0) {
      await sleep(listenAgainMs)
      await inTurn(async () => {
        for (const port of stopped ? [] : missing()) await listen(port).catch(() => {})
      })
    }
  }

  return {
    proxy: () => proxy,
    open: (router, mayStill) =>
      inTurn(async () => {
        const port = await reach(router)
        mayStill()
        const own = router.port === undefined ? port : state.port
        const wasSo = state.port === own && state.formerPorts.length === 0 && state.trial === null
        if (!wasSo || JSON.stringify(router) !== JSON.stringify(state.router))
          persist({ router, port: own, formerPorts: [], trial: null })
        proxy?.configure(settingsOf(state))
        leaveAllBut(port)
      }),
    // The front may still wait for a port of the environment that another program took. That must not delay a revert.
    listenFor: (router) =>
      inTurn(async () => {
        const [port = 0] = portsOf(state, router)
        return port !== 0 && portsOf(state).includes(port) ? port : reach(router)
      }),
    configure: () => proxy?.configure(settingsOf(state)),
    assertPort: (router) =>
      inTurn(async () => {
        const [port = 0] = portsOf(state, router)
        if (port !== 0 && !isAt(port)) await orTaken(state, port, () => freePort(port))
      }),
    restore: () =>
      inTurn(async () => {
        if (!state.router) return
        for (const port of portsOf(state))
          await listen(port).catch((error: unknown) => warn(error instanceof Error ? error.message : String(error)))
        void listenLater()
      }),
    leave: (kept) =>
      inTurn(async () => {
        kept()
        const left = proxy
        proxy = null
        await left?.close(leaveMs)
      }),
    async close() {
      stopped = true
      await last
      await proxy?.close(leaveMs)
    },
  }
}

async function orTaken<T>({ ref }: EnvironmentState, port: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' && !isProblem(error, 'port-taken')) throw error
    throw new Problem('port-taken', `port ${port} of ${environmentKey(ref)} is taken`, {
      hint: 'stop the program that listens there, or declare another port',
    })
  }
}
