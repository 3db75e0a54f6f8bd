/** Ensures that only one runtime works in a folder. Two would each end the other's services. */
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'
import { startTime } from '../adapters/process/process-table.ts'
import { readJsonFile, replaceFile } from './durable-file.ts'

const Holder = z.object({ pid: z.int(), startedAt: z.string() })

/** @throws Problem already-in-flight while the process that took the lock is alive */
export function takeLock(home: string): { release(): void } {
  const path = join(home, 'runtime.pid')
  const { data: holder } = Holder.safeParse(readJsonFile(path))
  if (holder && holder.pid !== process.pid && holder.startedAt !== '' && startTime(holder.pid) === holder.startedAt)
    throw new Problem('already-in-flight', `a local runtime works in ${home} already (process ${holder.pid})`, {
      hint: 'stop that one first, or give this one another --home',
    })
  replaceFile(path, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }))
  return { release: () => rmSync(path, { force: true }) }
}
