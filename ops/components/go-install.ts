/** Builds a program with Go from the module proxy. The metadata that Go records in the binary identifies it afterwards. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { run } from './component.ts'

export interface GoBuild {
  /** Includes Go's own variables, which the table of settings does not list. */
  readonly env: Variables
  /** Import path of the command. */
  readonly pkg: string
  readonly version: string
  readonly into: string
  readonly say: (line: string) => void
}

const tellEveryMs = 30_000
const limitMs = 20 * 60_000

/**
 * Builds `pkg` and puts the binary at `into`, whole or not at all. It builds into a fresh GOBIN, because names such as `server` are
 * common. @throws Error with a sentence: Go is missing, or the last line of the build's output
 */
export async function goInstall({ env, pkg, version, into, say }: GoBuild): Promise<void> {
  await mkdir(dirname(into), { recursive: true })
  const bin = await mkdtemp(`${into}.build-`)
  const startedAt = performance.now()
  const telling = setInterval(
    () => say(`  still building, ${Math.round((performance.now() - startedAt) / 1_000)} s`),
    tellEveryMs,
  )
  try {
    const child = { ...env, GOBIN: bin, GOFLAGS: '', CGO_ENABLED: '0' }
    await run('go', ['install', '-trimpath', '-ldflags', '-s -w', `${pkg}@v${version}`], {
      env: child,
      maxBuffer: 64 << 20,
      timeout: limitMs,
    }).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
      if (error.code === 'ENOENT') throw new Error('Go is not installed')
      throw new Error(error.stderr?.trim().split('\n').at(-1) || error.message, { cause: error })
    })
    const built = join(bin, basename(pkg))
    if (!(await isBuildOf(built, pkg, version, env))) throw new Error(`the build is not ${pkg} ${version}`)
    await rename(built, into)
  } finally {
    clearInterval(telling)
    await rm(bin, { recursive: true, force: true })
  }
}

/** Whether Go built this binary from `pkg` at `version`. False without Go. */
export async function isBuildOf(path: string, pkg: string, version: string, env: Variables): Promise<boolean> {
  const { stdout } = await run('go', ['version', '-m', path], { env, timeout: 10_000 }).catch(() => ({ stdout: '' }))
  const fields = stdout.split('\n').map((line) => line.trim().split('\t'))
  const is = fields.some(([key, value]) => key === 'path' && value === pkg)
  return is && fields.some(([key, module, at]) => key === 'mod' && pkg.startsWith(module ?? '?') && at === `v${version}`)
}
