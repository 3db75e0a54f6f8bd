/** How Holdfast finds or gets a component. Each tries its ways in the same order, and the error names them all. */
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
  /** The version that the program prints; for a program that a setting names, the version that Holdfast would have taken. */
  readonly version: string
  /** Path of the program, or of the folder if there are several programs. */
  readonly path: string
  /** How it was found. */
  readonly from: 'environment' | 'path' | 'cache' | 'packages' | 'download' | 'build'
}

export interface Component {
  readonly name: string
  readonly version: string
  /**
   * @param env the settings that name programs, PATH and the cache. @throws Problem component-missing with the ways to get
   * it
   */
  find(env: Variables, say: (line: string) => void): Promise<Found>
}

/** The folder of downloaded and built programs. */
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

/** The first executable `name` on PATH that `isIt` accepts. A name alone does not identify a program. */
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

/** Much longer than any program takes on a busy machine. */
const answersWithinMs = 60_000

/**
 * What `path` prints with `args`; nothing where there is no such program, or it fails.
 * @throws Problem component-missing where it has not ended in time: that may be the right program, which starts slowly
 */
export async function outputOf(
  path: string,
  args: readonly string[],
  { env, withinMs = answersWithinMs }: { readonly env?: Variables; readonly withinMs?: number } = {},
): Promise<string> {
  try {
    const options = { timeout: withinMs, killSignal: 'SIGKILL' } as const
    const { stdout, stderr } = await run(path, [...args], env === undefined ? options : { ...options, env })
    return `${stdout}${stderr}`
  } catch (error) {
    if (!(error as { readonly killed?: boolean }).killed) return ''
    throw new Problem('component-missing', `'${path} ${args.join(' ')}' has not ended within ${withinMs / 1_000} s`, {
      hint: 'this machine is too busy, so try again later; or the program is stuck, so put another one in its place',
      cause: error,
    })
  }
}

/** Whether `path` with `args` prints `text`. @throws as `outputOf` */
export const prints = async (path: string, args: readonly string[], text: string): Promise<boolean> =>
  (await outputOf(path, args)).includes(text)

export const missing = (name: string, ways: string): Problem =>
  new Problem('component-missing', `${name} is not available`, { hint: ways })
