/**
 * The effect log in files of bounded size: the present file, a few closed ones before it, and one file with the rows of all older ones
 * that are still needed. `effects.jsonl` is the present file, and `effects.<n>.jsonl` the n-th that was closed. `effects.kept.<n>.jsonl`
 * replaces the first n.
 */
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EffectRow } from '../adapters/local-runtime/protocol.ts'
import { openLineFile, readLines, replaceFile } from './durable-file.ts'

export interface EffectLog {
  /** Synced before it returns. */
  append(row: EffectRow): void
  /** Oldest first. */
  rows(): Promise<readonly EffectRow[]>
  close(): Promise<void>
}

export interface EffectLogOptions {
  readonly folder: string
  /** Selects the rows that must stay. */
  readonly needed: (rows: readonly EffectRow[]) => readonly EffectRow[]
  readonly warn: (message: string) => void
  /** Size at which the present file is closed. */
  readonly fileBytes?: number
  /** Closed files that stay whole. */
  readonly closedFiles?: number
}

const defaults = { fileBytes: 4 << 20, closedFiles: 3 }

export function openEffectLog({ folder, needed, warn, ...sizes }: EffectLogOptions): EffectLog {
  const { fileBytes, closedFiles } = { ...defaults, ...sizes }
  const present = join(folder, 'effects.jsonl')
  forgetCondensed(folder)
  let file = openLineFile(present)
  let turned = 0
  // Reading and condensing run one after the other, so that no file is removed while it is read.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  /**
   * Closes the full file and opens a new one. The row that filled it is written already, so a failure here is tried again at the next row.
   */
  function turn(): void {
    const { closed, kept } = filesIn(folder)
    const next = join(folder, `effects.${Math.max(0, kept, ...closed) + 1}.jsonl`)
    try {
      renameSync(present, next)
      const full = file
      file = openLineFile(present)
      full.close()
      turned += 1
    } catch (error) {
      warn(`the effect log could not be rotated: ${(error as Error).message}`)
      return
    }
    void inTurn(condense).catch((error: unknown) => warn(`the effect log could not be condensed: ${(error as Error).message}`))
  }

  /** The name of the new file says which files it replaces, so that the next start finds each row once, whenever a kill comes. */
  async function condense(): Promise<void> {
    const { closed, kept } = filesIn(folder)
    const through = closed.at(-1 - closedFiles)
    if (through === undefined) return
    const old = closed.filter((n) => n <= through)
    const rows = needed(await read([keptFile(kept), ...old.map(closedFile)].map((name) => join(folder, name))))
    replaceFile(join(folder, keptFile(through)), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    forgetCondensed(folder)
  }

  async function readAll(): Promise<readonly EffectRow[]> {
    for (;;) {
      const before = turned
      const { closed, kept } = filesIn(folder)
      const rows = await read([...[keptFile(kept), ...closed.map(closedFile)].map((name) => join(folder, name)), present])
      if (turned === before) return rows
    }
  }

  return {
    append(row) {
      file.append(row)
      if (file.sizeBytes() >= fileBytes) turn()
    },
    rows: () => inTurn(readAll),
    async close() {
      await last
      file.close()
    },
  }
}

const closedFile = (n: number): string => `effects.${n}.jsonl`
const keptFile = (n: number): string => `effects.kept.${n}.jsonl`

/** The numbers of the closed files that are still used, ascending, and of the file that replaces all before them; 0 when there is none. */
function filesIn(folder: string): { readonly closed: readonly number[]; readonly kept: number } {
  const names = readdirSync(folder)
  const numbers = (pattern: RegExp) => names.flatMap((name) => Number(pattern.exec(name)?.[1] ?? []))
  const kept = Math.max(0, ...numbers(/^effects\.kept\.(\d+)\.jsonl$/))
  const closed = numbers(/^effects\.(\d+)\.jsonl$/).filter((n) => n > kept)
  return { closed: closed.toSorted((a, b) => a - b), kept }
}

/** Removes the files that the newest kept file replaces. */
function forgetCondensed(folder: string): void {
  const { kept } = filesIn(folder)
  for (const name of readdirSync(folder)) {
    const n = Number(/^effects\.(?:kept\.)?(\d+)\.jsonl$/.exec(name)?.[1] ?? Infinity)
    if (name !== keptFile(kept) && n <= kept) rmSync(join(folder, name), { force: true })
  }
}

const read = async (paths: readonly string[]): Promise<readonly EffectRow[]> =>
  EffectRow.array().parse((await Promise.all(paths.map(readLines))).flat())
