/** Finds out how the service in a folder is started, its name and its health path. It only reads files, and runs nothing. */
import type { Dirent } from 'node:fs'
import { access, constants, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface Detected {
  readonly name: string
  /** Program and arguments; null when no start command was found. */
  readonly command: readonly string[] | null
  /** Where the command was found, for people: `the start script of package.json`. */
  readonly seenBy: string
  readonly healthPath: string
  /** Whether the code mentions PORT, the variable with the port that a replica must listen on. */
  readonly readsPort: boolean
}

export async function detect(folder: string): Promise<Detected> {
  const pkg = await packageOf(folder)
  const source = await sourceText(folder)
  const found = (await commandOf(folder, pkg)) ?? { command: null, seenBy: '' }
  return {
    name: serviceName(pkg?.name ?? basename(folder)),
    ...found,
    healthPath: healthPaths.find((path) => new RegExp(`['"\`]${path}['"\`]`).test(source)) ?? '/',
    readsPort: /\bPORT\b/.test(source),
  }
}

/** A valid name for a declaration: `@acme/Check_out` becomes `check-out`. */
export function serviceName(text: string): string {
  const name = text
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63)
  return name || 'service'
}

const healthPaths = ['/healthz', '/health', '/readyz', '/livez', '/api/health', '/_health', '/ping', '/status']

interface Package {
  readonly name?: string
  readonly main?: string
  readonly scripts?: { readonly start?: string }
}

interface Found {
  readonly command: readonly string[]
  readonly seenBy: string
}

async function commandOf(folder: string, pkg: Package | null): Promise<Found | null> {
  const start = pkg?.scripts?.start
  if (start) return { command: argvOf(start) ?? ['npm', 'start'], seenBy: 'the start script of package.json' }
  const procfile = await text(join(folder, 'Procfile'))
  const web = /^web:\s*(.+)$/m.exec(procfile)?.[1]
  const argv = web ? argvOf(web) : null
  if (argv) return { command: argv, seenBy: 'the web line of the Procfile' }
  for (const [program, files] of entries(pkg)) {
    for (const file of files) if (await isFile(join(folder, file))) return { command: [program, file], seenBy: file }
  }
  for (const file of ['server', 'start', 'run', 'start.sh', 'run.sh'])
    if (await isExecutable(join(folder, file))) return { command: [`./${file}`], seenBy: file }
  return null
}

const entries = (pkg: Package | null): readonly (readonly [string, readonly string[]])[] => [
  ['node', [...(pkg?.main ? [pkg.main] : []), ...['server', 'index', 'app', 'main', 'src/server', 'src/index'].flatMap(scripts)]],
  ['python3', ['server.py', 'app.py', 'main.py']],
  ['ruby', ['server.rb', 'app.rb']],
]
const scripts = (base: string): string[] => ['js', 'mjs', 'cjs'].map((end) => `${base}.${end}`)

/** The words of a command; null when it needs a shell, because Holdfast starts commands without one. */
export const argvOf = (line: string): readonly string[] | null =>
  /[|&;<>()$`\\"'*?#~=%{}[\]\n]/.test(line) ? null : line.trim().split(/\s+/)

async function packageOf(folder: string): Promise<Package | null> {
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return json !== null && typeof json === 'object' ? json : null
  } catch {
    return null
  }
}

const mostFiles = 60
const mostBytes = 200_000

/** The text of the sources in the folder and in `src`, enough to find a port and a health path. */
async function sourceText(folder: string): Promise<string> {
  const texts: string[] = []
  for (const directory of [folder, join(folder, 'src')]) {
    const files = (await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []))
      .filter(isSource)
      .slice(0, mostFiles)
    for (const { name } of files) {
      const path = join(directory, name)
      if ((await stat(path)).size <= mostBytes) texts.push(await text(path))
    }
  }
  return texts.join('\n')
}

const isSource = (entry: Dirent): boolean => entry.isFile() && /\.(?:[cm]?[jt]s|py|rb|go|java|kt|rs|php)$/.test(entry.name)
const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() === true
const isExecutable = async (path: string): Promise<boolean> =>
  (await isFile(path)) &&
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
