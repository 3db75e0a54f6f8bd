/** Providers behind interfaces. A declaration names them, and each has the schema of its own configuration. */
import type { z } from 'zod'
import { digestOf } from '../domain/digest.ts'
import type { Fault } from '../domain/problem.ts'
import { Problem } from '../domain/problem.ts'
import type { EnvironmentRef } from '../domain/identity.ts'
import type { LocationOf } from '../domain/plan/location.ts'
import type { ProviderRef } from '../domain/plan/service.ts'
import type { Config } from './config.ts'
import type { SettingName } from './settings.ts'

/** The values of settings that the composition root has read. They include those that each provider names. */
export type ProviderSettings = Partial<Config>

export interface Provider<Interface> {
  readonly kind: string
  /** The settings that it reads. Every composition root that opens the provider reads them, so that a bad one is found at the start. */
  readonly settings: readonly SettingName[]
  /** Turns the declared configuration into the stored one. Durations become milliseconds. */
  readonly config: z.ZodType<Record<string, unknown>>
  /** The kinds of target that it works beside. Absent: all of them. A declaration that pairs it with another one is refused. */
  readonly targets?: readonly string[]
  /**
   * Takes what this provider needs of the target that it is declared beside, such as its cluster and namespace. Absent: nothing. Providers
   * are kept per answer, so it answers no more than that.
   */
  within?(target: ProviderRef): Within
  /**
   * @param config the parsed configuration
   * @param within what `within` answers for the environment's target
   */
  create(settings: ProviderSettings, config: Readonly<Record<string, unknown>>, within?: Within): Interface
  /**
   * What of this configuration may not be used here, by pointers below it; empty when all of it may. A configuration that is refused when
   * it is declared also fails when it is used.
   * @param owners of the service, as its declaration claims them
   */
  refusal?(settings: ProviderSettings, config: Readonly<Record<string, unknown>>, owners: readonly string[]): readonly Fault[]
  /**
   * Where this configuration puts the environment, for people. An environment that has a version stays there. Absent: there is one location
   * only.
   */
  locationOf?(config: Readonly<Record<string, unknown>>, ref: EnvironmentRef): string
  /** What only one environment can have, such as a port, by its key. Another environment that declares the same is refused. */
  claims?(config: Readonly<Record<string, unknown>>): Claims
  /** Opens a question: which of these does each environment have now, given or declared? The answer comes soon. */
  holding?(settings: ProviderSettings): () => Promise<HeldClaims>
}

export type Within = Readonly<Record<string, unknown>>

/** The settings that composition roots read for these providers. */
export const settingsOf = (providers: readonly Pick<Provider<unknown>, 'settings'>[]): readonly SettingName[] => [
  ...new Set(providers.flatMap(({ settings }) => settings)),
]

/** The values of a provider's own settings. @throws Error for a setting that its `settings` does not name: no composition root reads it */
export function valuesOf<Name extends SettingName>(settings: ProviderSettings, names: readonly Name[]): Config<Name> {
  const unread = names.filter((name) => settings[name] === undefined)
  if (unread.length > 0) throw new Error(`no composition root has read ${unread.join(', ')}`)
  return settings as Config<Name>
}

export type Claims = Readonly<Record<string, string>>
/** By `service/environment`, or by a text that says what they are reserved for. Empty when the target does not answer. */
export type HeldClaims = Readonly<Record<string, readonly Claims[]>>

/** @throws Problem invalid-input for an unknown name. There is no default */
export function findProvider<One extends { readonly kind: string }>(providers: readonly One[], kind: string): One {
  const found = providers.find((provider) => provider.kind === kind)
  if (found) return found
  throw new Problem('invalid-input', `there is no '${kind}'`, {
    hint: `one of: ${providers.map((provider) => provider.kind).join(', ')}`,
  })
}

/** How many opened providers are kept. Declarations change and could fill the memory, so the longest unused are dropped. */
const mostOpen = 500

/**
 * Opens the providers that declarations name, one per configuration, so that connections and scrapes are shared. The second argument is the
 * target of the environment that names the provider; a target itself is opened without.
 */
export function opener<Interface>(
  providers: readonly Provider<Interface>[],
  settings: ProviderSettings,
): (provider: ProviderRef, target?: ProviderRef) => Interface {
  const opened = new Map<string, Interface>()
  return ({ kind, config }, target = { kind, config }) => {
    const provider = findProvider(providers, kind)
    const within = provider.within?.(target) ?? {}
    const key = digestOf({ kind, config, within })
    const one = opened.get(key) ?? provider.create(settings, config, within)
    // Moved to the end, because it was used last.
    opened.delete(key)
    opened.set(key, one)
    if (opened.size > mostOpen) opened.delete(opened.keys().next().value ?? '')
    return one
  }
}

/** Returns what only one environment can have of a declared provider. */
export const claiming =
  <Interface>(providers: readonly Provider<Interface>[]): ((provider: ProviderRef) => Claims) =>
  ({ kind, config }) =>
    findProvider(providers, kind).claims?.(config) ?? {}

/** Returns what environments have now, over all providers. */
export function holder<Interface>(
  providers: readonly Provider<Interface>[],
  settings: ProviderSettings,
): () => Promise<HeldClaims> {
  const all = providers.flatMap((provider) => provider.holding?.(settings) ?? [])
  return async () => {
    const held = new Map<string, readonly Claims[]>()
    for (const one of await Promise.all(all.map((ask) => ask())))
      for (const [of, claims] of Object.entries(one)) held.set(of, [...(held.get(of) ?? []), ...claims])
    return Object.fromEntries(held)
  }
}

type Locating = readonly Pick<Provider<unknown>, 'kind' | 'locationOf'>[]

/** Returns where a declared environment or a revision is: the kinds of its target and its router, and where each of them has it. */
export function locating(targets: Locating, traffics: Locating): LocationOf {
  const located = (providers: Locating, { kind, config }: ProviderRef, ref: EnvironmentRef): string =>
    `${kind}${findProvider(providers, kind).locationOf?.(config, ref) ?? ''}`
  return ({ target, traffic }, ref) => ({ target: located(targets, target, ref), traffic: located(traffics, traffic, ref) })
}

/** Returns what of a declared provider may not be used here; empty when all of it may. */
export const refuser =
  <Interface>(
    providers: readonly Provider<Interface>[],
    settings: ProviderSettings,
  ): ((provider: ProviderRef, owners: readonly string[]) => readonly Fault[]) =>
  ({ kind, config }, owners) =>
    findProvider(providers, kind).refusal?.(settings, config, owners) ?? []
