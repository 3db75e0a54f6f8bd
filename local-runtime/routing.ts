/** Which router settings apply at an environment: the stable version's, and beside them those of a canary. */
import type { ProxySettings } from './proxy/contract.ts'
import type { EnvironmentState, RouterConfig } from './state.ts'

/** The part of an environment's state that its front needs. */
export type FrontState = Pick<EnvironmentState, 'router' | 'port' | 'formerPorts' | 'trial'>

/**
 * The ports where the environment answers: first the one of `router` (0: a port of its own that is still to be found), then former ones.
 */
export const portsOf = (
  { port, formerPorts, ...state }: FrontState,
  router: RouterConfig | null = state.router,
): readonly number[] => [router?.port ?? port, ...formerPorts]

/**
 * The ports that no other environment may have: those where this one answers, and its own port, which it uses again with a version that
 * declares none.
 */
export const heldPorts = (state: FrontState): readonly number[] =>
  [...new Set([...portsOf(state), state.port])].filter((port) => port !== 0)

/** The state when `router` applies at `port`. The environment answers at its former port too, until the next time it is opened. */
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

/** The timeout of requests that are drawn for `revision`, where it has its own. */
export const timeoutOf = ({ trial }: FrontState, revision: string): { readonly timeoutMs?: number } =>
  trial?.revision === revision ? { timeoutMs: trial.router.timeoutMs } : {}
