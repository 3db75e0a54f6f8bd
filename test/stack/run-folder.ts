/** Folders of a test run's servers. A killed run leaves folders, and the next run ends what still runs in them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTime } from '../../adapters/process/process-table.ts'
import { endLeftover } from '../../ops/components/process.ts'
import { atEnd } from './at-end.ts'

const prefix = 'holdfast-run-'

/** A new folder. It is removed at the end of the run, after everything that a later `atEnd` stops. */
export async function createRunFolder(name: string): Promise<string> {
  await endKilledRuns()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${name}-`))
  writeFileSync(join(folder, 'starter.json'), JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }))
  atEnd(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function endKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const folder = join(tmpdir(), name)
    if (hasStarter(folder)) continue
    const pidFiles = readdirSync(folder).filter((file) => file.endsWith('.pid'))
    for (const file of pidFiles) await endLeftover(join(folder, file), 'SIGINT', 2_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Also true while the folder is being created, because it names no starter yet. */
function hasStarter(folder: string): boolean {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(join(folder, 'starter.json'), 'utf8')) as {
      pid: number
      startedAt: string
    }
    return startTime(pid) === startedAt
  } catch {
    return true
  }
}
