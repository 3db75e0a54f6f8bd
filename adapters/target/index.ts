/** What can run a service's versions: one line each. */
import type { Given } from '../product.ts'
import { findProduct } from '../product.ts'
import { localTarget } from './local.ts'
import type { Artifacts, TargetProduct } from './target.ts'

export const targetProducts: readonly TargetProduct[] = [localTarget]

/** Opens the store of a kind of target, each once. @throws Problem invalid-input for an unknown kind */
export function artifactStores(given: Given): (kind: string) => Artifacts {
  const opened = new Map<string, Artifacts>()
  return (kind) => {
    const store = opened.get(kind) ?? findProduct(targetProducts, kind).artifacts(given)
    opened.set(kind, store)
    return store
  }
}

/** Tells what of every target's state is set aside. */
export function setAside(given: Given): () => Promise<readonly string[]> {
  const all = targetProducts.flatMap((product) => product.settingAside?.(given) ?? [])
  return async () => (await Promise.all(all.map((ask) => ask()))).flat()
}
