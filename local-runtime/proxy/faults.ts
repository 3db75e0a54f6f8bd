/**
 * The last guard of every event handler of a proxy. What one throws would end the data plane of all services: it is caught here, counted
 * by kind, told at a bounded rate, and answered by whoever set the guard.
 */

/** Whose words the handler was given: a client's, a backend's, or nobody's (timers, what a proxy asks of itself). */
export const faultKinds = ['client', 'backend', 'proxy'] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Faults {
  /**
   * `handle` as a listener that does not throw. @param answer ends what the handler was about; it may throw as well, and is then noted too
   */
  guarded<A extends readonly unknown[]>(
    kind: FaultKind,
    handle: (...args: A) => void,
    answer?: (...args: A) => void,
  ): (...args: A) => void
  /** A fault that was met without a throw: a server's or a socket's own error event. */
  note(kind: FaultKind, error: unknown): void
  counts(): Readonly<Record<FaultKind, number>>
}

/** A fault that comes with every request must not fill a disk. */
const tellEveryMs = 10_000

/** @param tell one line for people, at most once per kind in 10 s; `untold` faults of the kind came since the last one */
export function createFaults(tell: (message: string) => void, clock: () => number = () => performance.now()): Faults {
  const counts: Record<FaultKind, number> = { client: 0, backend: 0, proxy: 0 }
  const told = new Map<FaultKind, { atMs: number; untold: number }>()

  const note = (kind: FaultKind, error: unknown): void => {
    counts[kind]++
    const last = told.get(kind)
    if (last && clock() - last.atMs < tellEveryMs) return void last.untold++
    told.set(kind, { atMs: clock(), untold: 0 })
    const more = last && last.untold > 0 ? ` (and ${last.untold} more like it since the last time)` : ''
    try {
      tell(`the proxy met a fault in what a ${kind} sent: ${describe(error)}${more}`.replace('what a proxy sent', 'itself'))
    } catch {
      // Nobody is left to be told.
    }
  }
  return {
    note,
    guarded:
      (kind, handle, answer) =>
      (...args) => {
        try {
          handle(...args)
        } catch (error) {
          note(kind, error)
          try {
            answer?.(...args)
          } catch (worse) {
            note('proxy', worse)
          }
        }
      },
    counts: () => ({ ...counts }),
  }
}

/** Code and place, and none of the words: an error's message may hold what a client sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code = error.name } = error as NodeJS.ErrnoException
  const where = error.stack?.split('\n').find((line) => /^\s+at .*local-runtime\/proxy/.test(line))
  return where === undefined ? code : `${code} ${where.trim().replace(/\(?(file:\/\/)?\/.*\//, '')}`
}
