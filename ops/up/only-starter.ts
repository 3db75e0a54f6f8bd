/**
 * Holds a data folder for one starter, by its pid file. If the file was lost, the parent of the processes that run there shows the other
 * starter.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../components/left-running.ts'
import { parentOf, startTime } from '../../adapters/process/process-table.ts'
import { leftRunning } from '../components/left-running.ts'
import { Problem } from '../../domain/problem.ts'

/** A starter starts the runtime early and the API last. If neither runs, there is no stack to disturb. */
const parts = ['api', 'runtime'] as const

/** Returns the function that releases the folder. @throws Problem already-in-flight while another starter uses it */
export function becomeOnlyStarter(folder: string): () => void {
  const lock = join(folder, 'starter.pid')
  const pid = holderOf(lock) ?? parentIn(folder)
  if (pid !== undefined && pid !== process.pid)
    throw new Problem('already-in-flight', `a stack is running from this folder already (process ${pid})`, {
      hint: 'end it with Ctrl-C, or start another one with HOLDFAST_HOME and --port',
    })
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }), { mode: 0o600 })
  return () => rmSync(lock, { force: true })
}

function holderOf(lock: string): number | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(lock, 'utf8')) as Identity
    return startedAt !== '' && startTime(pid) === startedAt ? pid : undefined
  } catch {
    return undefined
  }
}

/** A process that outlived its starter has another parent, which does not run `ops/up/main.ts`. */
function parentIn(folder: string): number | undefined {
  for (const part of parts) {
    const left = leftRunning(join(folder, `${part}.pid`))
    const parent = left ? parentOf(left.pid) : 0
    if (parent > 1 && argumentsOf(parent).some((argument) => argument.endsWith('ops/up/main.ts'))) return parent
  }
  return undefined
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
