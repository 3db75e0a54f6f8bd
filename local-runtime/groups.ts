/** Process groups ended for certain: SIGTERM, a grace, SIGKILL; and those of an earlier life recognised before anything is sent to them. */
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from '../ops/components/process.ts'

export { startTime } from '../ops/components/process.ts'

/** What is known of a group that an earlier life of the runtime may have left. */
export interface LeftGroup {
  /** Zero when the runtime died between asking for the process and learning its number. */
  readonly pid: number
  /** See `startTime`; empty with pid zero. */
  readonly startedAt: string
  /** Every process of the group has it in its environment as PORT, unless it changed that itself. */
  readonly port: number
}

const pollMs = 20
/** Looking through all processes costs about a millisecond, so not at every poll. */
const zombieCheckEvery = 10

/** Resolves when no process of the group runs. */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return
  const until = Date.now() + graceMs
  for (let poll = 1; signal(pid, 0); poll += 1) {
    // Where nobody reaps orphans, a group of zombies takes signals for ever.
    if (poll % zombieCheckEvery === 0 && membersOf(pid).length === 0) return
    if (Date.now() > until) signal(pid, 'SIGKILL')
    await sleep(pollMs)
  }
}

/** Ends a group of an earlier life if it is still that one: by pid and start time, or by its port where the leader is gone or unknown. */
export async function endLeftGroup(left: LeftGroup, graceMs: number): Promise<boolean> {
  const leaders = left.pid > 0 ? [left.pid] : leadersWithPort(left.port)
  const found = leaders.filter((pid) => isLeft(pid, left))
  for (const pid of found) await endGroup(pid, graceMs)
  return found.length > 0
}

function isLeft(pid: number, { startedAt, port }: LeftGroup): boolean {
  const now = startTime(pid)
  if (startedAt !== '' && now !== '') return now === startedAt
  return membersOf(pid).some((member) => hasPort(member, port))
}

/** Processes of a group, zombies left out. */
export function membersOf(group: number): readonly number[] {
  return processes().filter((pid) => {
    const [state, , pgrp] = statOf(pid)
    return state !== 'Z' && Number(pgrp) === group
  })
}

const leadersWithPort = (port: number): readonly number[] =>
  processes().filter((pid) => Number(statOf(pid)[2]) === pid && hasPort(pid, port))

const processes = (): readonly number[] => readdirSync('/proc').map(Number).filter(Number.isInteger)

/** Fields of /proc/PID/stat from the third on: state, parent, group. Empty when the process is gone. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** False for processes of others: their environment cannot be read. */
function hasPort(pid: number, port: number): boolean {
  try {
    const env = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return env.includes(`PORT=${port}`) && env.includes('HOST=127.0.0.1')
  } catch {
    return false
  }
}

/** False when the group is gone. Groups 0 and 1 would be our own and everybody's. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  if (pid <= 1) return false
  try {
    process.kill(-pid, name)
    return true
  } catch {
    return false
  }
}
