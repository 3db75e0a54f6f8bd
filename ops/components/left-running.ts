/** Processes that an earlier starter left: found by their pid file, or, where that was lost, by the mark that each carries. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { carries, groupOf, processes, startTime } from '../../adapters/process/process-table.ts'

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
  const isIt = (pid: number) => groupOf(pid) === pid && carries(pid, `${mark}=${pidFile}`)
  const pid = processes().find((each) => each !== process.pid && startTime(each) !== '' && isIt(each))
  return pid === undefined ? undefined : { pid, startedAt: startTime(pid) }
}
