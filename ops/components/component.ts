/** How a real part is had: the same order for each, and an error that names every way when it cannot be had. */
import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import { Problem } from '../../domain/problem.ts'

export const run = promisify(execFile)

export interface Found {
  readonly name: string
  /** What it says it is; for one that was named explicitly, what we would have taken. */
  readonly version: string
  /** Of the program, or of the folder where it comes as several. */
  readonly path: string
  /** Which of the ways had it. */
  readonly from: 'environment' | 'path' | 'cache' | 'packages' | 'download' | 'build'
}

export interface Component {
  readonly name: string
  readonly version: string
  /**
   * @param env by the table of settings: which program is named, PATH, the cache. @throws Problem component-missing naming the ways to get
   * it
   */
  find(env: Variables, say: (line: string) => void): Promise<Found>
}

/** Where what was fetched or built is kept. */
export function cacheFolder(env: Variables): string {
  const { cacheFolder: own, cacheHome, userHome } = readConfig(env, ['cacheFolder', 'cacheHome', 'userHome'])
  return own || join(cacheHome || join(userHome, '.cache'), 'holdfast')
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The first executable `name` on PATH that `isIt` accepts: names are no identity. */
export async function onPath(
  env: Variables,
  name: string,
  isIt: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const folder of readConfig(env, ['path']).path.split(delimiter).filter(Boolean)) {
    const path = join(folder, name)
    if ((await isExecutable(path)) && (await isIt(path))) return path
  }
  return undefined
}

/** Does `path --version` (or `args`) print `text`? */
export async function prints(path: string, args: readonly string[], text: string): Promise<boolean> {
  return run(path, [...args], { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`.includes(text),
    () => false,
  )
}

export const missing = (name: string, ways: string): Problem =>
  new Problem('component-missing', `${name} cannot be had here`, { hint: ways })
