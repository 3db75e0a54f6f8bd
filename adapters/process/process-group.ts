/** Ends process groups reliably: SIGTERM, a grace time, SIGKILL. A group of an earlier life is identified before a signal is sent to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { carries, groupOf, membersOf, processes, startTime } from './process-table.ts'

/** A group that an earlier life of the runtime may have left. */
export interface LeftGroup {
  /** Zero when the runtime died before it learned the pid. */
  readonly pid: number
  /** See `startTime`; empty with pid zero. */
  readonly startedAt: string
  /** Every process of the group has this port in its variable PORT, unless it changed the variable itself. */
  readonly port: number
}

const pollMs = 20
/** A scan of all processes costs about a millisecond, so it is not made at every poll. */
const zombieCheckEvery = 10

/** Resolves when no process of the group runs. */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  const until = Date.now() + graceMs
  for (let poll = 1; signalGroup(pid, 0); poll += 1) {
    // On a machine that does not reap orphans, a group of zombies accepts signals for ever.
    if (poll % zombieCheckEvery === 0 && membersOf(pid).length === 0) return
    if (Date.now() > until) signalGroup(pid, 'SIGKILL')
    await sleep(pollMs)
  }
}

/** Ends a group of an earlier life, identified by pid and start time, or by its port when the leader is gone or unknown. */
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

/** False when there is no such group. Refuses groups 0 and 1, which would be this process's own group and every process. */
export function signalGroup(pid: number | undefined, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined || pid <= 1) return false
  try {
    return process.kill(-pid, name)
  } catch {
    return false
  }
}
