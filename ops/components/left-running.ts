/** Processes that an earlier starter left running. They are found by their pid file; if it was lost, by the mark in their environment. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { carries, groupOf, processes, startTime } from '../../adapters/process/process-table.ts'

/** A pid with its start time identifies a process. A pid alone does not: the system reuses pids. */
export interface Identity {
  readonly pid: number
  readonly startedAt: string
}

/** Variable in the environment of every process that has a pid file: the file's path. */
export const mark = 'HOLDFAST_PID_FILE'

const PidFile = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) })

/** The process of this pid file, if it still runs. If the file is lost, damaged or of another process, all processes are searched. */
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

/** Only a group's leader counts: its children inherit the mark. */
function marked(pidFile: string): Identity | undefined {
  const isIt = (pid: number) => groupOf(pid) === pid && carries(pid, `${mark}=${pidFile}`)
  const pid = processes().find((each) => each !== process.pid && startTime(each) !== '' && isIt(each))
  return pid === undefined ? undefined : { pid, startedAt: startTime(pid) }
}
