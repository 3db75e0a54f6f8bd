/** Takes the power from everything that belongs to a folder: services, runtime, workers, API, Temporal, PostgreSQL and their starter. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { until } from './until.ts'

/** Answers how many processes it was, once none of them is left. All stand still before the first one dies: none sees another one's end. */
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

/** By what they were started with or where they stand; a service's processes are told nothing of the stack, and stand in its store. */
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
    // It has ended meanwhile, or is nobody's business.
    return false
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already: a child of one that was killed before it.
  }
}
