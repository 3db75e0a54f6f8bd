/** Process groups ended for certain: SIGTERM, a grace, SIGKILL. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startTime } from '../components/process.ts'

export { startTime } from '../components/process.ts'

/** Resolves when no process of the group is left. */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return
  const until = Date.now() + graceMs
  while (signal(pid, 0)) {
    if (Date.now() > until) signal(pid, 'SIGKILL')
    await sleep(20)
  }
}

/** Ends a group of an earlier life, if its leader is still that very process. */
export async function endLeftoverGroup(pid: number, startedAt: string, graceMs: number): Promise<boolean> {
  if (startedAt === '' || startTime(pid) !== startedAt) return false
  await endGroup(pid, graceMs)
  return true
}

/** False when the group is gone. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, name)
    return true
  } catch {
    return false
  }
}
