/** Processor time and memory of process groups, read from /proc. A container is a group; a process that leaves the group is not counted. */
import { readFileSync } from 'node:fs'
import { processes } from '../../../adapters/process/process-table.ts'

export interface Usage {
  readonly cpuSeconds: number
  readonly memoryBytes: number
}

export const noUsage: Usage = { cpuSeconds: 0, memoryBytes: 0 }

/** Linux shows programs hundredths of a second, whatever the frequency of its own clock. */
const ticksPerSecond = 100

/** The usage by the pid of each group's leader, with the time of children that have ended. */
export function readUsage(groups: ReadonlySet<number>): ReadonlyMap<number, Usage> {
  const found = new Map<number, Usage>()
  for (const pid of processes()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const group = Number(fields[2])
      if (!groups.has(group)) continue
      const before = found.get(group) ?? noUsage
      const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0)
      const [, kilobytes = 0] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      found.set(group, {
        cpuSeconds: before.cpuSeconds + ticks / ticksPerSecond,
        memoryBytes: before.memoryBytes + Number(kilobytes) * 1_024,
      })
    } catch {
      // It ended meanwhile.
    }
  }
  return found
}
