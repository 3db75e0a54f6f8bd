/** Which router settings hold at an environment: the stable version's, and beside them those of a canary. */
import type { ProxySettings } from './proxy/contract.ts'
import type { EnvironmentState, RouterConfig } from './state.ts'

/** What of an environment's state its front is made of. */
export type FrontState = Pick<EnvironmentState, 'router' | 'port' | 'formerPorts' | 'trial'>

/** Where the environment answers: first the port that `router` gives it (0: one of its own that has yet to be found), then former ones. */
export const portsOf = (
  { port, formerPorts, ...state }: FrontState,
  router: RouterConfig | null = state.router,
): readonly number[] => [router?.port ?? port, ...formerPorts]

/**
 * What nobody else may be given: where the environment answers, and the port of its own, to which it goes back with a version that declares
 * none.
 */
export const heldPorts = (state: FrontState): readonly number[] =>
  [...new Set([...portsOf(state), state.port])].filter((port) => port !== 0)

/** The state when `router` comes into force at `port`: until it is opened the next time, the environment answers at its former port too. */
export function moved(state: FrontState, router: RouterConfig, port: number): FrontState {
  const ports = state.router ? portsOf(state) : []
  return {
    router,
    port: router.port === undefined ? port : state.port,
    formerPorts: [...new Set(ports)].filter((former) => former !== port),
    trial: null,
  }
}

/** The latency edges of both versions are counted, so that each version is judged by its own and no counter starts anew. */
export function settingsOf({ router, trial }: FrontState): ProxySettings {
  const edgesMs = [...new Set([...(router?.edgesMs ?? []), ...(trial?.router.edgesMs ?? [])])].toSorted((a, b) => a - b)
  return { timeoutMs: router?.timeoutMs ?? defaultTimeoutMs, sticky: router?.sticky ?? 'none', edgesMs }
}

const defaultTimeoutMs = 15_000

/** Of requests that are drawn for `revision`, where they have a timeout of their own. */
export const timeoutOf = ({ trial }: FrontState, revision: string): { readonly timeoutMs?: number } =>
  trial?.revision === revision ? { timeoutMs: trial.router.timeoutMs } : {}
