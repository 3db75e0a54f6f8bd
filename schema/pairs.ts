/** What goes with a target: its own router and metrics provider by default, others where they work beside it, and no commands on images. */
import type { ProviderRef } from '../domain/plan/service.ts'
import type { Tell } from './beside.ts'
import { listOf, memberOf, textOf } from './beside.ts'
import { moments } from './checks.ts'
import { faultText } from './fault-text.ts'
import type { BesideSchema, TargetSchema } from './provider.ts'

interface Providers {
  readonly targets: readonly TargetSchema[]
  readonly traffics: readonly BesideSchema[]
  readonly metrics: readonly BesideSchema[]
}

const keys = ['traffic', 'metrics'] as const
type Key = (typeof keys)[number]

const targetOf = (environment: unknown, targets: readonly TargetSchema[]): TargetSchema | undefined => {
  const kind = textOf(memberOf(memberOf(environment, 'target'), 'kind'))
  return targets.find((one) => one.kind === kind)
}

const providersOf = ({ traffics, metrics }: Providers, key: Key): readonly BesideSchema[] =>
  key === 'traffic' ? traffics : metrics

type WithDefaults<Environment> = Omit<Environment, Key> & { readonly [One in Key]: ProviderRef }

/**
 * The environment with the router and the metrics provider that it declares, else with those of its target. A value that is no environment,
 * and one with an unknown target, stay as they are: that is another fault.
 */
export function withDefaults<Environment>(environment: Environment, providers: Providers): WithDefaults<Environment> {
  const target = targetOf(environment, providers.targets)
  if (!target) return environment as WithDefaults<Environment>
  const missing = keys.filter((key) => memberOf(environment, key) === undefined)
  const presets = missing.flatMap((key) => {
    const kind = target.beside[key]
    if (kind === null) return []
    const parsed = providersOf(providers, key)
      .find((one) => one.kind === kind)
      ?.config.safeParse({}, { error: faultText })
    return parsed?.success ? [[key, { kind, config: parsed.data } satisfies ProviderRef] as const] : []
  })
  return Object.assign({}, environment, Object.fromEntries(presets)) as unknown as WithDefaults<Environment>
}

/** Refuses a router and a metrics provider that do not work beside the target, and a target whose default needs keys. */
export function checkPairs(environments: readonly unknown[], providers: Providers, tell: Tell): void {
  for (const [index, environment] of environments.entries()) {
    const target = targetOf(environment, providers.targets)
    if (!target) continue
    for (const key of keys) {
      const all = providersOf(providers, key)
      const declared = memberOf(environment, key)
      if (declared === undefined) tell([index, key], `is needed on target ${target.kind}`)
      const found = all.find(({ kind }) => kind === textOf(memberOf(declared, 'kind')))
      if (!found || fits(found, target)) continue
      const others = all.filter((one) => fits(one, target)).map(({ kind }) => kind)
      const message = `${found.kind} does not work on target ${target.kind}: only ${others.join(', ')}`
      tell([index, key, 'kind'], message)
    }
  }
}

const fits = ({ targets }: BesideSchema, { kind }: TargetSchema): boolean => targets?.includes(kind) ?? true

/** Refuses commands where the target runs images: there is no copy of the files in which a command could run. */
export function checkCommands(environments: readonly unknown[], targets: readonly TargetSchema[], tell: Tell): void {
  for (const [index, environment] of environments.entries()) {
    const target = targetOf(environment, targets)
    if (target?.runs !== 'images') continue
    const message = `commands do not run on target ${target.kind}, which runs images: name an address`
    for (const [at, test] of listOf(memberOf(environment, 'smoke')).entries())
      if (memberOf(test, 'command') !== undefined)
        tell([index, 'smoke', at, 'command'], `commands do not run on target ${target.kind}, which runs images: name a path`)
    for (const moment of moments)
      for (const [at, hook] of listOf(memberOf(memberOf(environment, 'hooks'), moment)).entries())
        if (memberOf(hook, 'command') !== undefined) tell([index, 'hooks', moment, at, 'command'], message)
  }
}
