/** The proof that one starter only uses a folder: its pid file, and, where that was lost, the parent of what runs there. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../components/left-running.ts'
import { parentOf, startTime } from '../../adapters/process/process-table.ts'
import { leftRunning } from '../components/left-running.ts'
import { Problem } from '../../domain/problem.ts'

/** Started last and first by a starter: where neither runs, there is no stack that could be disturbed. */
const parts = ['api', 'runtime'] as const

/** Answers what gives the folder back. @throws Problem already-in-flight while another starter uses it */
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

/** What outlived its starter has another parent, which runs something else. */
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
