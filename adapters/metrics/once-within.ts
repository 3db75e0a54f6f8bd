/** Callers that ask for the same at nearly the same time share one answer. */

/** Runs `work` for a key. A caller within `ms` of the last start for that key gets the same result, even a failure. */
export function onceWithin<Key extends string, Result>(ms: number): (key: Key, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<Key, { readonly startedAtMs: number; readonly result: Promise<Result> }>()
  return (key, work) => {
    // Not the time of day: a clock that is set back would make an old answer count as new.
    const now = performance.now()
    const found = last.get(key)
    if (found && now - found.startedAtMs <= ms) return found.result
    for (const [other, { startedAtMs }] of last) if (now - startedAtMs > ms) last.delete(other)
    const result = work()
    last.set(key, { startedAtMs: now, result })
    return result
  }
}
