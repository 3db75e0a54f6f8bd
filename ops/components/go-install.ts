/** Builds a program with Go from the module proxy. The metadata that Go records in the binary identifies it afterwards. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { draftOf, removeLeftDrafts } from '../drafts.ts'
import { outputOf, run } from './component.ts'
import type { GoModuleSource } from './go-module.ts'
import { goModuleFolder } from './go-module.ts'

interface Building {
  /** Includes Go's own variables, which the table of settings does not list. */
  readonly env: Variables
  readonly into: string
  readonly say: (line: string) => void
}

export interface GoBuild extends Building {
  /** Import path of the command. */
  readonly pkg: string
  readonly version: string
}

/** A module of our own around somebody's packages, for what `go install` refuses: it lives in the cache folder while it is built. */
export interface GoModule extends Building {
  /** Its files by their names, `go.mod` among them. */
  readonly files: Readonly<Record<string, string>>
  /** The module that gives the binary its identity. */
  readonly of: string
  /** Import path of the command to build, where it is one of that module's and not our own. */
  readonly command?: string
  /** Modules that it builds from a copy with fewer folders. Our files come on top. */
  readonly copies?: readonly Copy[]
  readonly version: string
  /** `package.Variable=value`, as the linker sets them. */
  readonly set?: readonly string[]
}

interface Copy {
  readonly source: GoModuleSource
  readonly to: string
  /** Its folders that are left out. */
  readonly without: readonly string[]
}

const tellEveryMs = 30_000
const limitMs = 20 * 60_000
/** Neither symbols nor debugging: half the size, and less work for the linker. */
const stripped = '-s -w'

/**
 * Builds `pkg` and puts the binary at `into`, whole or not at all. It builds into a fresh GOBIN, because names such as `server` are
 * common. @throws Error with a sentence: Go is missing, or the last line of the build's output
 */
export async function goInstall({ env, pkg, version, into, say }: GoBuild): Promise<void> {
  await built(into, say, async (bin) => {
    await go(['install', '-trimpath', '-ldflags', stripped, `${pkg}@v${version}`], { env: { ...env, GOBIN: bin } })
    const program = join(bin, basename(pkg))
    if (!(await isBuildOf(program, pkg, version, env))) throw new Error(`the build is not ${pkg} ${version}`)
    return program
  })
}

/** Builds a module of our own and puts the binary at `into`. @throws as `goInstall` */
export async function goBuild(module: GoModule): Promise<void> {
  const { env, files, of, command, copies = [], version, set = [], into, say } = module
  await built(into, say, async (folder) => {
    for (const copy of copies) await copyInto(folder, copy, env)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const program = join(folder, 'program')
    const flags = [stripped, ...set.map((variable) => `-X ${variable}`)].join(' ')
    const built = ['build', '-mod=mod', '-trimpath', '-ldflags', flags, '-o', program, command ?? '.']
    await go(built, { env, cwd: folder })
    const isIt = command ? await isBuildOf(program, command, version, env) : await isBuiltWith(program, of, version, env)
    if (!isIt) throw new Error(`the build is not of ${of} ${version}`)
    return program
  })
}

/** Go's own copy is read-only. Ours gets files on top, and is removed after the build. */
async function copyInto(folder: string, { source, to, without }: Copy, env: Variables): Promise<void> {
  const from = await goModuleFolder(source, env)
  for (const file of await readdir(from, { recursive: true, withFileTypes: true })) {
    const path = relative(from, join(file.parentPath, file.name))
    if (!file.isFile() || without.some((each) => path.startsWith(`${each}/`))) continue
    await mkdir(dirname(join(folder, to, path)), { recursive: true })
    await writeFile(join(folder, to, path), await readFile(join(from, path)))
  }
}

async function built(into: string, say: Building['say'], build: (folder: string) => Promise<string>): Promise<void> {
  await mkdir(dirname(into), { recursive: true })
  removeLeftDrafts(into)
  const folder = await mkdtemp(draftOf(into))
  const startedAt = performance.now()
  const telling = setInterval(
    () => say(`  still building, ${Math.round((performance.now() - startedAt) / 1_000)} s`),
    tellEveryMs,
  )
  try {
    await rename(await build(folder), into)
  } finally {
    clearInterval(telling)
    await rm(folder, { recursive: true, force: true })
  }
}

async function go(args: readonly string[], { env, cwd }: { readonly env: Variables; readonly cwd?: string }): Promise<void> {
  const options = { env: { ...env, GOFLAGS: '', CGO_ENABLED: '0' }, maxBuffer: 64 << 20, timeout: limitMs }
  await run('go', [...args], cwd === undefined ? options : { ...options, cwd }).catch(
    (error: NodeJS.ErrnoException & { stderr?: string }) => {
      if (error.code === 'ENOENT') throw new Error('Go is not installed')
      throw new Error(error.stderr?.trim().split('\n').at(-1) || error.message, { cause: error })
    },
  )
}

/** Whether Go built this binary from `pkg` at `version`. False without Go. */
export async function isBuildOf(path: string, pkg: string, version: string, env: Variables): Promise<boolean> {
  const fields = await recordedIn(path, env)
  const is = fields.some(([key, value]) => key === 'path' && value === pkg)
  return is && fields.some(([key, module, at]) => key === 'mod' && pkg.startsWith(module ?? '?') && at === `v${version}`)
}

/** Whether this binary contains `module` at `version`. */
async function isBuiltWith(path: string, module: string, version: string, env: Variables): Promise<boolean> {
  return (await recordedIn(path, env)).some(([key, name, at]) => key === 'dep' && name === module && at === `v${version}`)
}

async function recordedIn(path: string, env: Variables): Promise<readonly (readonly string[])[]> {
  return (await outputOf('go', ['version', '-m', path], { env })).split('\n').map((line) => line.trim().split('\t'))
}
