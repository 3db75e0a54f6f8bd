/** How a real part is had: the same order for each, and an error that names every way when it cannot be had. */
import { execFile } from 'node:child_process'
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Problem } from '../../domain/problem.ts'

export const run = promisify(execFile)

export interface Found {
  readonly name: string
  readonly path: string
  /** Which of the ways had it. */
  readonly from: 'environment' | 'path' | 'cache' | 'packages' | 'build'
}

export interface Component {
  readonly name: string
  readonly version: string
  /** @throws Problem component-missing naming the ways to get it */
  find(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Found>
}

export const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  env['HOLDFAST_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'holdfast')

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The first executable `name` on PATH that `isIt` accepts: names are no identity. */
export async function onPath(
  env: NodeJS.ProcessEnv,
  name: string,
  isIt: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
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

export interface GoBuild {
  /** Module path with `@version`. */
  readonly module: string
  /** What `go install` calls the binary. */
  readonly binary: string
  readonly into: string
}

/** Builds with Go's own installer into a fresh folder, then renames: a name like `server` would overwrite a stranger's. */
export async function goInstall(env: NodeJS.ProcessEnv, { module, binary, into }: GoBuild): Promise<void> {
  const bin = await mkdtemp(join(tmpdir(), 'holdfast-go-'))
  try {
    await mkdir(join(into, '..'), { recursive: true })
    await run('go', ['install', '-ldflags', '-s -w', module], { env: { ...env, GOBIN: bin, GOFLAGS: '' }, maxBuffer: 64 << 20 })
    await run('cp', [join(bin, binary), `${into}.part`])
    await rename(`${into}.part`, into)
  } finally {
    await rm(bin, { recursive: true, force: true })
  }
}

export const missing = (name: string, ways: string): Problem =>
  new Problem('component-missing', `${name} cannot be had here`, { hint: ways })
