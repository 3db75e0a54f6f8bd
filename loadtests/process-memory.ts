/**
 * Memory of a process and of all processes that it started, by part. It is the PSS, which divides shared memory among the processes, so
 * that sums are right.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parentOf, processes } from '../adapters/process/process-table.ts'

/** KiB by the name of a part. */
export type Memory = ReadonlyMap<string, number>

/**
 * A process belongs to the part whose pid file names it or its nearest ancestor.
 * @param folders with pid files: `<part>.pid`
 */
export function memoryByPart(starter: number, folders: readonly string[]): Memory {
  const names = new Map([[starter, 'starter'], ...folders.flatMap(namedIn)])
  const memory = new Map<string, number>()
  for (const pid of processes()) {
    const part = partOf(pid, starter, names)
    if (part !== undefined) memory.set(part, (memory.get(part) ?? 0) + pssOf(pid))
  }
  return memory
}

function partOf(pid: number, starter: number, names: ReadonlyMap<number, string>): string | undefined {
  const line: number[] = []
  for (let at = pid; at > 1 && line.at(-1) !== starter; at = parentOf(at)) line.push(at)
  if (line.at(-1) !== starter) return undefined
  const part = names.get(line.find((each) => names.has(each)) ?? starter)
  // Children of the runtime are released services.
  return part === 'runtime' && names.get(pid) !== 'runtime' ? 'services' : part
}

function namedIn(folder: string): (readonly [number, string])[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.pid') && name !== 'starter.pid')
  return files.flatMap((name) => {
    try {
      const { pid } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly pid: number }
      return [[pid, name.slice(0, -'.pid'.length)] as const]
    } catch {
      // The process has just ended.
      return []
    }
  })
}

/** KiB; zero when the process is gone. */
export function pssOf(pid: number): number {
  try {
    return Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Change of `values` per hour, by linear least squares. */
export function slopePerHour(values: readonly { readonly atMs: number; readonly value: number }[]): number {
  const mean = (of: readonly number[]) => of.reduce((sum, each) => sum + each, 0) / of.length
  const [meanAt, meanValue] = [mean(values.map(({ atMs }) => atMs)), mean(values.map(({ value }) => value))]
  const spread = values.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0)
  const common = values.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - meanValue), 0)
  return (common / spread) * 3_600_000
}
