/** The targets, which run a service's versions, one line each. */
import type { ProviderSettings } from '../provider.ts'
import { findProvider } from '../provider.ts'
import { kubernetesTarget } from './kubernetes.ts'
import { localTarget } from './local.ts'
import type { Artifacts, TargetProvider } from './target.ts'

export const targetProviders: readonly TargetProvider[] = [localTarget, kubernetesTarget]

/** Opens the store of a kind of target, once per kind; null where it runs images. @throws Problem invalid-input for an unknown kind */
export function artifactStores(settings: ProviderSettings): (kind: string) => Artifacts | null {
  const opened = new Map<string, Artifacts | null>()
  return (kind) => {
    const known = opened.get(kind)
    if (known !== undefined) return known
    const store = findProvider(targetProviders, kind).artifacts?.(settings) ?? null
    opened.set(kind, store)
    return store
  }
}

/** Names the state that any target has set aside. */
export function setAside(settings: ProviderSettings): () => Promise<readonly string[]> {
  const all = targetProviders.flatMap((provider) => provider.settingAside?.(settings) ?? [])
  return async () => (await Promise.all(all.map((ask) => ask()))).flat()
}
