/**
 * Writes the code of a proxy's thread as JavaScript, once at each start of the runtime. A thread that strips types by itself loads the
 * whole compiler and takes 26 MB instead of 17. The runtime would too, so a short-lived process does it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname, '..')
const entry = join(import.meta.dirname, 'proxy-thread.ts')
/** Relative imports end in `.ts`, by the rules of this repository. Imports of types alone are stripped already. */
const relativeImport = /(from\s+|import\s+)'(\.{1,2}\/[^']+)\.ts'/g

/** The file in the repository. */
export const proxySource: URL = pathToFileURL(entry)

/**
 * Writes the code below `folder`, in place of earlier code, and returns the file that a thread runs. Where nothing can be written, that is
 * the file in the repository, because a full disk must not stop users from being served.
 */
export function proxyCodeIn(folder: string, warn: (message: string) => void): URL {
  try {
    const { error, status, stderr } = spawnSync(process.execPath, [import.meta.filename, folder], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    if (status !== 0) throw error ?? new Error(stderr.trim())
    return pathToFileURL(jsOf(folder, entry))
  } catch (error) {
    warn(`the code of proxies cannot be written, so each proxy takes more memory: ${(error as Error).message}`)
    return proxySource
  }
}

function writeProxyCode(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  const written = new Set<string>()
  const write = (file: string): void => {
    if (written.has(file)) return
    written.add(file)
    const code = stripTypeScriptTypes(readFileSync(file, 'utf8'))
    const to = jsOf(folder, file)
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    writeFileSync(
      to,
      code.replaceAll(relativeImport, (_, from: string, path: string) => `${from}'${path}.js'`),
    )
    for (const [, , path] of code.matchAll(relativeImport)) write(resolve(dirname(file), `${path}.ts`))
  }
  write(entry)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}

const jsOf = (folder: string, file: string): string => join(folder, relative(root, file)).replace(/\.ts$/, '.js')

if (import.meta.main) {
  try {
    writeProxyCode(process.argv[2] ?? '')
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
