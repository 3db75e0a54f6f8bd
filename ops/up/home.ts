/** The folder of all state, and the proof that only one starter uses it. */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { randomBytes } from 'node:crypto'
import { Problem } from '../../domain/problem.ts'
import { startTime } from '../components/process.ts'

export interface Home {
  readonly folder: string
  readonly logs: string
  /** Unix sockets go here: their paths must stay short. */
  readonly sockets: string
  /** Kept secret of the stored keys, made on the first start. */
  readonly pepperFile: string
  release(): void
}

/** @throws Problem folder-unusable, already-in-flight */
export function openHome(path: string): Home {
  const folder = resolve(path)
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
    makeFolder(join(folder, 'logs'))
    const probe = join(folder, '.probe')
    writeFileSync(probe, randomBytes(64 * 1024))
    rmSync(probe)
  } catch (error) {
    const hint = 'choose a folder that can be written, with space left, by HOLDFAST_HOME'
    throw new Problem('folder-unusable', `${folder} cannot be used: ${(error as Error).message}`, { hint })
  }
  const lock = join(folder, 'starter.pid')
  refuseSecond(lock)
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }), { mode: 0o600 })
  return {
    folder,
    logs: join(folder, 'logs'),
    sockets: keptSocketFolder(folder),
    pepperFile: keptSecret(join(folder, 'key-pepper')),
    release: () => rmSync(lock, { force: true }),
  }
}

/** One after the other: where none can be made, a recursive mkdir says that there is no such folder, or (in /proc) never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

function refuseSecond(lock: string): void {
  const left = readJson<{ pid: number; startedAt: string }>(lock)
  if (left && left.startedAt !== '' && startTime(left.pid) === left.startedAt) {
    throw new Problem('already-in-flight', `a stack is running from this folder already (process ${left.pid})`, {
      hint: 'end it with Ctrl-C, or start another one with HOLDFAST_HOME and --port',
    })
  }
}

/** A runtime that outlived its starter must be found again, so the short folder is remembered. */
function keptSocketFolder(folder: string): string {
  const file = join(folder, 'sockets.json')
  const kept = readJson<{ folder: string }>(file)?.folder
  const sockets = kept ?? mkdtempSync(join(tmpdir(), 'holdfast-'))
  mkdirSync(sockets, { recursive: true, mode: 0o700 })
  if (!kept) writeFileSync(file, JSON.stringify({ folder: sockets }))
  return sockets
}

function keptSecret(file: string): string {
  try {
    readFileSync(file)
  } catch {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  }
  return file
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
