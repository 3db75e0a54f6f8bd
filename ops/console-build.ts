/** Builds the console with Vite when its sources changed: into console/dist, which the API serves. A process of its own does, and ends. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inItsProcess } from './in-its-process.ts'

const root = join(import.meta.dirname, '../console')
/** The page has what an answer is and how an event reads from there. */
const rooms = [root, join(root, '../domain'), join(root, '../schema')]
const stamp = join(root, 'dist/.sources')

/** Answers whether it had to build. */
export async function buildConsole(): Promise<boolean> {
  const digest = sourcesDigest()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false
  await inItsProcess([import.meta.filename])
  return true
}

async function build(): Promise<void> {
  const digest = sourcesDigest()
  const [vite, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')])
  await vite.build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: { target: 'es2022', emptyOutDir: true, modulePreload: { polyfill: false } },
  })
  writeFileSync(stamp, digest)
}

/** Of what the build is made of: the sources, the packages, and how it is done. */
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
