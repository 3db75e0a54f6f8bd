/** Those who ask the same at nearly the same time share one answer. */

/** `work` by key; who asks for a key within `ms` of the last start is given that start's result, failed or not. */
export function onceWithin<Key extends string, Result>(ms: number): (key: Key, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<Key, { readonly startedAtMs: number; readonly result: Promise<Result> }>()
  return (key, work) => {
    // Not the time of day: set back, it would make an old reading count as new.
    const now = performance.now()
    const found = last.get(key)
    if (found && now - found.startedAtMs <= ms) return found.result
    for (const [other, { startedAtMs }] of last) if (now - startedAtMs > ms) last.delete(other)
    const result = work()
    last.set(key, { startedAtMs: now, result })
    return result
  }
}
