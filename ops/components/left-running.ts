/** Processes that an earlier starter left: found by their pid file, or, where that was lost, by the mark that each carries. */
import { readFileSync, readdirSync } from 'node:fs'
import { z } from 'zod'

/** With the start time a pid is an identity: numbers are given again. */
export interface Identity {
  readonly pid: number
  readonly startedAt: string
}

/** Variable in the environment of every process that has a pid file: the file's path. */
export const mark = 'HOLDFAST_PID_FILE'

const PidFile = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) })

/** The process of this file, if it still runs. A file that is lost, torn or another's costs a look through all processes. */
export function leftRunning(pidFile: string): Identity | undefined {
  const kept = read(pidFile)
  if (kept) return startTime(kept.pid) === kept.startedAt ? kept : marked(pidFile)
  return marked(pidFile)
}

function read(pidFile: string): Identity | undefined {
  try {
    return PidFile.parse(JSON.parse(readFileSync(pidFile, 'utf8')))
  } catch {
    return undefined
  }
}

/** The leader of the group alone: what it started has the mark by inheritance. */
function marked(pidFile: string): Identity | undefined {
  const isIt = (pid: number) => statOf(pid)[2] === String(pid) && carries(pid, `${mark}=${pidFile}`)
  const pid = processes().find((each) => each !== process.pid && startTime(each) !== '' && isIt(each))
  return pid === undefined ? undefined : { pid, startedAt: startTime(pid) }
}

/** Every process of this machine, by number; none where there is no /proc. */
export function processes(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
  } catch {
    return []
  }
}

function carries(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable)
  } catch {
    return false
  }
}

/** Start time of a process in clock ticks since boot (field 22 of its stat): with the pid, its identity. Empty when it is gone. */
export function startTime(pid: number): string {
  const [state, ...rest] = statOf(pid)
  return state === 'Z' ? '' : (rest[18] ?? '')
}

/** Zero when it is gone. */
export const parentOf = (pid: number): number => Number(statOf(pid)[1] ?? 0)

/** Fields of /proc/PID/stat from the third on: state, parent, group. Empty when the process is gone. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
