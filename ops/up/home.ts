/** The data folder of `npm start`, and the parts of it that every start needs. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { randomBytes } from 'node:crypto'
import { Problem } from '../../domain/problem.ts'
import { becomeOnlyStarter } from './only-starter.ts'
import { keptSocketFolder } from './sockets.ts'

export interface Home {
  readonly folder: string
  readonly logs: string
  /** Folder of Unix sockets, whose paths must be short. */
  readonly sockets: string
  /** The pepper of the stored keys' hashes, made on the first start. */
  readonly pepperFile: string
  release(): void
}

/** @param renewSecrets whether lost secrets are replaced. @throws Problem folder-unusable, already-in-flight */
export function openHome(path: string, renewSecrets = false): Home {
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
  const release = becomeOnlyStarter(folder)
  try {
    const pepperFile = keptPepper(folder, renewSecrets)
    return { folder, logs: join(folder, 'logs'), sockets: keptSocketFolder(folder), pepperFile, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Makes one folder after the other. When that fails, a recursive mkdir reports a missing folder, or (in /proc) never ends. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** The same bound as the setting HOLDFAST_KEY_PEPPER. */
const isPepper = (text: string): boolean => text.trim().length >= 32

/** With another pepper, every stored key is void, so a lost pepper is not replaced in silence. @throws Problem folder-unusable */
function keptPepper(folder: string, renew: boolean): string {
  const file = join(folder, 'key-pepper')
  const found = pepperIn(file)
  if (found.isGood) return file
  if (!renew && (found.isThere || hasKeys(folder)))
    throw new Problem('folder-unusable', `${file} ${found.isThere ? 'cannot be read, or is not what was written' : 'is lost'}`, {
      hint: "put it back from a copy; or 'npm start -- --renew-secrets' makes another one, and every API key made before is void",
    })
  if (found.isThere) renameSync(file, `${file}.before`)
  writeFileSync(`${file}.new`, randomBytes(32).toString('base64url'), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return file
}

function pepperIn(file: string): { readonly isThere: boolean; readonly isGood: boolean } {
  try {
    return { isThere: true, isGood: isPepper(readFileSync(file, 'utf8')) }
  } catch (error) {
    return { isThere: (error as NodeJS.ErrnoException).code !== 'ENOENT', isGood: false }
  }
}

/** Whether keys may be stored under the lost pepper. Before the first start from this folder, there are none. */
const hasKeys = (folder: string): boolean => ['postgres', 'temporal'].some((part) => existsSync(join(folder, part)))
