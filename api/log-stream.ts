/** The output of replicas as server-sent events: the last lines, then new ones. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LogLine } from '../schema/service.ts'
import type { PrintedLine, Target } from '../adapters/target/target.ts'
import { isProblem } from '../domain/problem.ts'
import type { EnvironmentRef } from '../domain/identity.ts'

const everyMs = 1_000
const commentEveryMs = 15_000
const most = 1_000

export interface LogQuery {
  readonly ref: EnvironmentRef
  readonly version: string | undefined
  readonly lines: number
  /** Only lines that were printed at this time or later (epoch). */
  readonly sinceMs: number
}

type LogRows = readonly PrintedLine[]
type Printing = Pick<Target, 'logs'>

/** The last lines of each replica; none when nothing has run yet. @throws Problem target-unavailable */
export const lastLines = async (target: Printing, query: LogQuery): Promise<readonly LogLine[]> =>
  (await lastRows(target, query)).map(lineOf)

const lineOf = ({ n: _, atMs, ...row }: LogRows[number]): LogLine => ({ at: new Date(atMs).toISOString(), ...row })

async function lastRows(target: Printing, { ref, version, lines, sinceMs }: LogQuery): Promise<LogRows> {
  try {
    const rows = await target.logs(ref, { lines, ...(version === undefined ? {} : { version }) })
    return rows.filter(({ atMs }) => atMs >= sinceMs)
  } catch (error) {
    if (isProblem(error, 'not-found')) return []
    throw error
  }
}

/** Streams each line once, in the order in which it was printed. */
export async function* logStream(target: Printing, query: LogQuery, signal: AbortSignal): AsyncGenerator<string> {
  const newOf = createNewOnes()
  let spokeMs = Date.now()
  let wanted = query.lines
  yield ': holdfast\n\n'
  while (!signal.aborted) {
    const rows = await lastRows(target, { ...query, lines: wanted })
    wanted = most
    for (const row of newOf(rows)) {
      spokeMs = Date.now()
      yield `data: ${JSON.stringify(lineOf(row))}\n\n`
    }
    if (Date.now() - spokeMs >= commentEveryMs) {
      spokeMs = Date.now()
      yield ': still here\n\n'
    }
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
}

/**
 * The target answers the last lines only, one file per replica. A line is new when its number is higher than any that this replica's reader
 * has seen. Lines that the first answer left out are older than its newest, and are never sent.
 */
export function createNewOnes(): (rows: LogRows) => LogRows {
  const sent = new Map<string, number>()
  let floor: number | null = null
  return (rows) => {
    const seen = (row: LogRows[number]) => sent.get(`${row.version} ${row.replica}`) ?? floor ?? 0
    const fresh = rows.filter((row) => row.n > seen(row)).toSorted((a, b) => a.n - b.n)
    for (const row of fresh) sent.set(`${row.version} ${row.replica}`, row.n)
    floor ??= rows.reduce((newest, { n }) => Math.max(newest, n), 0)
    return fresh
  }
}
