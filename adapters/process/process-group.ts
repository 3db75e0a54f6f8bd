/** Process groups ended for certain: SIGTERM, a grace, SIGKILL; and those of an earlier life recognised before anything is sent to them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { carries, groupOf, membersOf, processes, startTime } from './process-table.ts'

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
  if (!signalGroup(pid, 'SIGTERM')) return
  const until = Date.now() + graceMs
  for (let poll = 1; signalGroup(pid, 0); poll += 1) {
    // Where nobody reaps orphans, a group of zombies takes signals for ever.
    if (poll % zombieCheckEvery === 0 && membersOf(pid).length === 0) return
    if (Date.now() > until) signalGroup(pid, 'SIGKILL')
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

const leadersWithPort = (port: number): readonly number[] =>
  processes().filter((pid) => groupOf(pid) === pid && hasPort(pid, port))

const hasPort = (pid: number, port: number): boolean => carries(pid, `PORT=${port}`, 'HOST=127.0.0.1')

/** False when there is no such group: it is gone, or the process leads none. Groups 0 and 1 would be our own and everybody's. */
export function signalGroup(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined || pid <= 1) return false
  try {
    return process.kill(-pid, name)
  } catch {
    return false
  }
}
