/**
 * The workflow bundle, built once per state of its sources and kept in the home folder. A process of its own builds it, because the
 * bundler takes 200 MB.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workflowSources } from '../../adapters/temporal/workflow-sources.ts'
import { draftOf, removeLeftDrafts } from '../drafts.ts'
import { inItsProcess } from '../in-its-process.ts'

const root = join(import.meta.dirname, '../..')

/** Path of the bundle for the present sources of workflows, domain and packages. A damaged bundle is built again. */
export async function builtWorkflows(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `workflows-${sourcesDigest()}.js`)
  if (isWhole(path)) return path
  await inItsProcess([import.meta.filename, path])
  return path
}

async function build(path: string): Promise<void> {
  const code = await bundledFrom(root)
  // Remove what is at this path, even unread: it is only a cache.
  rmSync(path, { recursive: true, force: true })
  removeLeftDrafts(path, 'workflows-')
  const part = draftOf(path)
  writeFileSync(part, whole(code))
  renameSync(part, path)
}

/** Whether the file is undamaged. A power cut may leave an empty file, with which workers cannot start. */
function isWhole(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8')
    return text.startsWith(digestLine(text.slice(text.indexOf('\n') + 1)))
  } catch {
    return false
  }
}

/** A bundle as it is stored: a line with the digest, then the code. */
export const whole = (code: string): string => `${digestLine(code)}${code}`

const digestLine = (code: string): string => `// sha256 ${createHash('sha256').update(code).digest('hex')}\n`

/** The bundle's code, from the sources of this tree. */
export async function bundledFrom(tree: string): Promise<string> {
  const { bundleWorkflowCode } = await import('@temporalio/worker')
  const quiet = () => {}
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error }
  const { code } = await bundleWorkflowCode({ ...workflowSources(tree), logger })
  return code
}

function sourcesDigest(): string {
  const hash = createHash('sha256')
  for (const room of ['workflows', 'domain']) {
    for (const name of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(root, room, name)))
    }
  }
  return hash
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
    .slice(0, 16)
}

if (import.meta.main) await build(process.argv[2] ?? '')
