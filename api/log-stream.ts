/** What replicas print, as server-sent events: the last lines, then what comes. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LogLine } from '../schema/service.ts'
import type { ApiDoors } from './doors.ts'
import { isProblem } from '../domain/problem.ts'
import type { Place } from '../domain/identity.ts'

const everyMs = 1_000
const commentEveryMs = 15_000
const most = 1_000

/** Which lines are wanted. */
export interface LogWish {
  readonly place: Place
  readonly version: string | undefined
  readonly lines: number
  /** Only what was printed then or later (epoch). */
  readonly sinceMs: number
}

/** The last lines of each replica; none where nothing has run yet. @throws Problem target-unavailable */
export async function lastLines(
  runtime: ApiDoors['runtime'],
  { place, version, lines, sinceMs }: LogWish,
): Promise<readonly LogLine[]> {
  try {
    const rows = await runtime.logs(place, { lines, ...(version === undefined ? {} : { version }) })
    return rows.filter(({ atMs }) => atMs >= sinceMs).map(({ atMs, ...row }) => ({ at: new Date(atMs).toISOString(), ...row }))
  } catch (error) {
    if (isProblem(error, 'not-found')) return []
    throw error
  }
}

/** The runtime tells the last lines only: of each replica those are new that come after what was seen. */
export async function* logStream(runtime: ApiDoors['runtime'], wish: LogWish, signal: AbortSignal): AsyncGenerator<string> {
  const seen = new Map<string, readonly string[]>()
  let spokeMs = Date.now()
  let wanted = wish.lines
  yield ': holdfast\n\n'
  while (!signal.aborted) {
    const rows = await lastLines(runtime, { ...wish, lines: wanted })
    wanted = most
    for (const row of newRows(rows, seen)) {
      spokeMs = Date.now()
      yield `data: ${JSON.stringify(row)}\n\n`
    }
    if (Date.now() - spokeMs >= commentEveryMs) {
      spokeMs = Date.now()
      yield ': still here\n\n'
    }
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
}

function newRows(rows: readonly LogLine[], seen: Map<string, readonly string[]>): readonly LogLine[] {
  const byReplica = Map.groupBy(rows, ({ replica, version }) => `${version} ${replica}`)
  return [...byReplica].flatMap(([key, of]) => {
    const before = seen.get(key) ?? []
    const lines = of.map(({ line }) => line)
    seen.set(key, lines)
    return of.slice(overlap(before, lines))
  })
}

/** How many of `lines` were seen already: the longest beginning of it that `before` ends with. */
export function overlap(before: readonly string[], lines: readonly string[]): number {
  for (let start = 0; start < before.length; start += 1) {
    const length = before.length - start
    if (length > lines.length) continue
    if (before.slice(start).every((line, index) => line === lines[index])) return length
  }
  return 0
}
