/**
 * Builds the console with Vite into console/dist, which the API serves, when its sources changed. The build runs in a process of its own.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempDisposableSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { draftOf, removeLeftDrafts } from './drafts.ts'
import { inItsProcess } from './in-its-process.ts'

const root = join(import.meta.dirname, '../console')
/** The page imports schemas and sentences of events from these rooms. */
const rooms = [root, join(root, '../domain'), join(root, '../schema')]
const dist = join(root, 'dist')
const page = 'index.html'
const stamp = join(dist, '.sources')
const drafts = join(dist, '.building')

/** Resolves with whether it built. */
export async function buildConsole(): Promise<boolean> {
  const digest = sourcesDigest()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false
  await inItsProcess([import.meta.filename])
  return true
}

async function build(): Promise<void> {
  const digest = sourcesDigest()
  mkdirSync(dist, { recursive: true })
  removeLeftDrafts(drafts)
  using folder = mkdtempDisposableSync(draftOf(drafts))
  const [vite, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')])
  await vite.build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: { target: 'es2022', outDir: folder.path, emptyOutDir: false, modulePreload: { polyfill: false } },
  })
  publish(folder.path)
  writeFileSync(stamp, digest)
}

/**
 * Replaces the page that is served. Another stack or test lane may read or build it at the same moment. So each file appears whole, the
 * page appears after the files that it names, and unused files are removed last.
 */
function publish(built: string): void {
  const files = filesIn(built).toSorted((one, other) => Number(one === page) - Number(other === page))
  for (const file of files) {
    mkdirSync(dirname(join(dist, file)), { recursive: true })
    renameSync(join(built, file), join(dist, file))
  }
  for (const file of filesIn(dist)) if (!file.startsWith('.') && !files.includes(file)) rmSync(join(dist, file), { force: true })
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  )

/** Digest of what the build depends on: the sources, the packages and this file. */
function sourcesDigest(): string {
  const hash = createHash('sha256')
  for (const file of [import.meta.filename, join(root, '../package-lock.json')]) hash.update(readFileSync(file))
  for (const room of rooms) {
    const names = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('dist'))
    for (const name of names.toSorted()) {
      if (/\.(tsx?|css|html)$/.test(name)) hash.update(name).update(readFileSync(join(room, name)))
    }
  }
  return hash.digest('hex')
}

if (import.meta.main) await build()
