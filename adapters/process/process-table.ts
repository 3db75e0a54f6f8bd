/** Reads the processes of this machine from /proc. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** The pids of all processes of this machine; none when there is no /proc. */
export function processes(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
  } catch {
    return []
  }
}

/**
 * The start time of a process in clock ticks since boot (field 22 of its stat). With the pid, it identifies the process. Empty when gone.
 */
export function startTime(pid: number): string {
  const [state, ...rest] = statOf(pid)
  return state === 'Z' ? '' : (rest[18] ?? '')
}

/**
 * Tells apart what pids count: eight letters for this boot of this machine and, inside a container, for the container. Processes with other
 * letters cannot be seen from here, so nothing can be said about them.
 */
export function pidSpace(): string {
  const parts = [
    () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    () => readlinkSync('/proc/self/ns/pid'),
  ].map((read) => {
    try {
      return read()
    } catch {
      return ''
    }
  })
  return createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 8)
}

/** Zero when it is gone. */
export const parentOf = (pid: number): number => Number(statOf(pid)[1] ?? 0)

/** The pid of its group's leader; zero when the process is gone. */
export const groupOf = (pid: number): number => Number(statOf(pid)[2] ?? 0)

/** The processes of a group, without zombies. */
export const membersOf = (group: number): readonly number[] =>
  processes().filter((pid) => groupOf(pid) === group && statOf(pid)[0] !== 'Z')

/** Whether its environment has all these variables. False for processes of other users, whose environment cannot be read. */
export function carries(pid: number, ...variables: readonly string[]): boolean {
  try {
    const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return variables.every((variable) => env.includes(variable))
  } catch {
    return false
  }
}

/** Fields of /proc/PID/stat from the third on: state, parent, group. Empty when the process is gone. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
