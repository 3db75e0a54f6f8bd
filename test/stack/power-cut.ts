/** Kills everything of a folder at once, like a power cut: services, runtime, workers, API, Temporal, PostgreSQL and their starter. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { until } from './until.ts'

/**
 * Resolves with the number of processes once none is left. It halts all of them before it kills the first, so that none sees another one
 * end.
 */
export async function cutPower(folder: string): Promise<number> {
  const halted = new Set<number>()
  for (let found = ofFolder(folder); found.some((pid) => !halted.has(pid)); found = ofFolder(folder))
    for (const pid of found) {
      halted.add(pid)
      send(pid, 'SIGSTOP')
    }
  for (const pid of halted) send(pid, 'SIGKILL')
  await until(`nothing left of ${folder}`, () => ofFolder(folder).length === 0)
  return halted.size
}

/**
 * Processes of the folder, by their arguments or working folder. The processes of a service know nothing of the stack, but work in its
 * store.
 */
function ofFolder(folder: string): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
  return pids.filter((pid) => isOf(folder, `/proc/${pid}`))
}

function isOf(folder: string, entry: string): boolean {
  try {
    const isZombie = /^State:\s+Z/m.test(readFileSync(`${entry}/status`, 'utf8'))
    const told = () => ['cmdline', 'environ'].some((file) => readFileSync(`${entry}/${file}`, 'utf8').includes(folder))
    return !isZombie && (readlinkSync(`${entry}/cwd`).startsWith(folder) || told())
  } catch {
    // The process has ended, or may not be read.
    return false
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already, as a child of a killed process.
  }
}
