/**
 * The last guard of every event handler of a proxy. An uncaught error would end the data plane of all services. The guard catches it,
 * counts it by kind, reports it at a bounded rate, and calls the handler's own `answer`.
 */

/** Where the handler's input came from: a client, a backend, or the proxy itself (timers, its own events). */
export const faultKinds = ['client', 'backend', 'proxy'] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Faults {
  /**
   * `handle` as a listener that does not throw. @param answer ends the failed request; if it throws as well, that is noted too
   */
  guarded<A extends readonly unknown[]>(
    kind: FaultKind,
    handle: (...args: A) => void,
    answer?: (...args: A) => void,
  ): (...args: A) => void
  /** Notes a fault that was not thrown, such as the error event of a server or socket. */
  note(kind: FaultKind, error: unknown): void
  counts(): Readonly<Record<FaultKind, number>>
}

/** A fault that comes with every request must not fill a disk. */
const tellEveryMs = 10_000

/** @param tell gets one line for people, at most once per kind in 10 s; the line says how many faults of the kind came in between */
export function createFaults(tell: (message: string) => void, clock: () => number = () => performance.now()): Faults {
  const counts: Record<FaultKind, number> = { client: 0, backend: 0, proxy: 0 }
  const reported = new Map<FaultKind, { atMs: number; unreported: number }>()

  const note = (kind: FaultKind, error: unknown): void => {
    counts[kind]++
    const last = reported.get(kind)
    if (last && clock() - last.atMs < tellEveryMs) return void last.unreported++
    reported.set(kind, { atMs: clock(), unreported: 0 })
    const more = last && last.unreported > 0 ? ` (and ${last.unreported} more like it since the last time)` : ''
    try {
      tell(`the proxy met a fault in what a ${kind} sent: ${describe(error)}${more}`.replace('what a proxy sent', 'itself'))
    } catch {
      // The log itself failed, so the count is all that is left.
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

/** The error's code and its place in the code, without its message: the message may contain what a client sent. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code = error.name } = error as NodeJS.ErrnoException
  const where = error.stack?.split('\n').find((line) => /^\s+at .*local-runtime\/proxy/.test(line))
  return where === undefined ? code : `${code} ${where.trim().replace(/\(?(file:\/\/)?\/.*\//, '')}`
}
