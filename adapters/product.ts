/** Products behind doors: what a declaration may name, with the schema of its own configuration. */
import type { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import type { Product } from '../domain/plan/service.ts'

/** What composition roots give to every product. */
export interface Given {
  /** Unix socket of the local runtime; empty where there is none. */
  readonly runtimeSocket: string
  readonly prometheus: PrometheusAccess
}

/** Which Prometheus servers may be asked. Declarations name addresses: without this they could have any inner service asked. */
export interface PrometheusAccess {
  /** `host` or `host:port`; loopback is allowed without being named. */
  readonly hosts: readonly string[]
  /** Bearer token for those that are named here, and for no other; empty: none. */
  readonly token: string
}

/** From the settings of a composition root. */
export const givenOf = (config: {
  readonly runtimeSocket: string
  readonly prometheusHosts: readonly string[]
  readonly prometheusToken: string
}): Given => ({
  runtimeSocket: config.runtimeSocket,
  prometheus: { hosts: config.prometheusHosts, token: config.prometheusToken },
})

export interface DoorProduct<Door> {
  readonly kind: string
  /** Configuration as declared in, as stored out: durations become milliseconds. */
  readonly config: z.ZodType<Record<string, unknown>>
  /** @param config what `config` parsed */
  create(given: Given, config: Readonly<Record<string, unknown>>): Door
  /** Why this configuration may not be used here; null: it may. What is refused when declared fails again when it is used. */
  refusal?(given: Given, config: Readonly<Record<string, unknown>>): string | null
  /** What of this configuration only one environment can have, by its key: refused where another one declares it. */
  claims?(config: Readonly<Record<string, unknown>>): Claims
  /** Opens what tells which of these environments have now, were they given to them or declared. Answers soon. */
  holding?(given: Given): () => Promise<HeldClaims>
}

export type Claims = Readonly<Record<string, string>>
/** By `service/environment`, or in words for whom they are kept. Empty where nobody can say. */
export type HeldClaims = Readonly<Record<string, readonly Claims[]>>

/** @throws Problem invalid-input for a name that is not there: never a default */
export function findProduct<Product extends { readonly kind: string }>(products: readonly Product[], kind: string): Product {
  const found = products.find((product) => product.kind === kind)
  if (found) return found
  throw new Problem('invalid-input', `there is no '${kind}'`, {
    hint: `one of: ${products.map((product) => product.kind).join(', ')}`,
  })
}

/** Opens products by what a declaration says of them. One door per configuration: connections and shared scrapes are kept. */
export function opener<Door>(products: readonly DoorProduct<Door>[], given: Given): (product: Product) => Door {
  const opened = new Map<string, Door>()
  return ({ kind, config }) => {
    const key = JSON.stringify([kind, config])
    const door = opened.get(key) ?? findProduct(products, kind).create(given, config)
    opened.set(key, door)
    return door
  }
}

/** Says what of a declared product only one environment can have. */
export const claiming =
  <Door>(products: readonly DoorProduct<Door>[]): ((product: Product) => Claims) =>
  ({ kind, config }) =>
    findProduct(products, kind).claims?.(config) ?? {}

/** Tells what environments have now of every product. */
export function holder<Door>(products: readonly DoorProduct<Door>[], given: Given): () => Promise<HeldClaims> {
  const all = products.flatMap((product) => product.holding?.(given) ?? [])
  return async () => {
    const held = new Map<string, readonly Claims[]>()
    for (const one of await Promise.all(all.map((ask) => ask())))
      for (const [of, claims] of Object.entries(one)) held.set(of, [...(held.get(of) ?? []), ...claims])
    return Object.fromEntries(held)
  }
}

/** Says why a declared product may not be used here; null: it may. */
export const refuser =
  <Door>(products: readonly DoorProduct<Door>[], given: Given): ((product: Product) => string | null) =>
  ({ kind, config }) =>
    findProduct(products, kind).refusal?.(given, config) ?? null
