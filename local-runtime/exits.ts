/** Unexpected exits, and start times, in one file per environment. The analysis judges versions by them, so they survive the runtime. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ExitRow } from '../adapters/local-runtime/protocol.ts'
import type { Exit } from '../domain/analysis/liveness.ts'
import { keptExits } from '../domain/analysis/liveness.ts'
import { readJsonFile } from './durable-file.ts'

export interface Known {
  readonly exits: readonly Exit[]
  readonly count: number
  /** See `Liveness`. */
  readonly startMs: number | null
}

export interface Exits {
  add(revision: string, exit: Exit): void
  /** Records how long its replicas take to become healthy. */
  started(revision: string, startMs: number): void
  of(revision: string): Known
  /** Forgets a revision that was removed. */
  forget(revision: string): void
}

const File = z.record(z.string(), z.object({ exits: z.array(ExitRow), count: z.int(), startMs: z.number().nullable() }))
/** Only the newest exits keep what was printed, because older ones say nothing new. */
const withLines = 3
const nothing: Known = { exits: [], count: 0, startMs: null }

/** What cannot be written is kept in memory, and what cannot be read is set aside. @param warn tells the operator about both */
export function openExits(path: string, warn: (message: string) => void): Exits {
  let known = read(path, warn)
  const save = () => {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      // Not synced: it must survive the process only. After the machine dies, everything starts anew.
      writeFileSync(`${path}.new`, JSON.stringify(known), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch (error) {
      warn(`exits cannot be written to ${path}: ${(error as Error).message}`)
    }
  }
  return {
    add(revision, exit) {
      const { exits, count, startMs } = known[revision] ?? nothing
      known = { ...known, [revision]: { exits: kept([...exits, exit]), count: count + 1, startMs } }
      save()
    },
    started(revision, startMs) {
      known = { ...known, [revision]: { ...(known[revision] ?? nothing), startMs } }
      save()
    },
    of: (revision) => known[revision] ?? nothing,
    forget(revision) {
      if (!known[revision]) return
      const { [revision]: _, ...others } = known
      known = others
      if (Object.keys(known).length > 0) save()
      else rmSync(path, { force: true })
    },
  }
}

/** The newest exits of each replica, in order. */
function kept(exits: readonly Exit[]): readonly Exit[] {
  const seen = new Map<number, number>()
  const newestFirst = exits.toReversed().filter(({ replica }) => {
    const before = seen.get(replica) ?? 0
    seen.set(replica, before + 1)
    return before < keptExits
  })
  return newestFirst.map((exit, at) => (at < withLines ? exit : { ...exit, lines: [] })).toReversed()
}

function read(path: string, warn: (message: string) => void): Readonly<Record<string, Known>> {
  try {
    return File.parse(readJsonFile(path) ?? {})
  } catch (error) {
    warn(`${path} cannot be read${setAside(path)}: ${(error as Error).message}`)
    return {}
  }
}

function setAside(path: string): string {
  try {
    renameSync(path, `${path}.unreadable`)
    return ` and is set aside as ${path}.unreadable`
  } catch {
    return ''
  }
}
