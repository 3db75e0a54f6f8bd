/** The targets, which run a service's versions, one line each. */
import type { ProviderSettings } from '../provider.ts'
import { findProvider } from '../provider.ts'
import { localTarget } from './local.ts'
import type { Artifacts, TargetProvider } from './target.ts'

export const targetProviders: readonly TargetProvider[] = [localTarget]

/** Opens the store of a kind of target, once per kind. @throws Problem invalid-input for an unknown kind */
export function artifactStores(settings: ProviderSettings): (kind: string) => Artifacts {
  const opened = new Map<string, Artifacts>()
  return (kind) => {
    const store = opened.get(kind) ?? findProvider(targetProviders, kind).artifacts(settings)
    opened.set(kind, store)
    return store
  }
}

/** Names the state that any target has set aside. */
export function setAside(settings: ProviderSettings): () => Promise<readonly string[]> {
  const all = targetProviders.flatMap((provider) => provider.settingAside?.(settings) ?? [])
  return async () => (await Promise.all(all.map((ask) => ask()))).flat()
}
