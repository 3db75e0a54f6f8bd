/**
 * Compiles the code of the stack's processes into the cache that each of them reads (NODE_COMPILE_CACHE). A process that finds its code
 * there does not load the compiler that strips types. It then takes 23 MB less and starts faster. The compiled code does not run here.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import { cacheFolder } from '../components/component.ts'
import { inItsProcess } from '../in-its-process.ts'

const root = join(import.meta.dirname, '../..')

export const compiledFolder = (env: Variables): string =>
  readConfig(env, ['compiledCode']).compiledCode || join(cacheFolder(env), 'compiled')

/** Runs in a process of its own. Errors are ignored: the process that runs the code compiles it and reports them. */
export async function compileAhead(mains: readonly string[], env: Variables): Promise<void> {
  const args = ['--input-type=module', '--eval', linking(mains)]
  await inItsProcess(args, { ...env, NODE_COMPILE_CACHE: compiledFolder(env) }).catch(() => {})
}

/** Code that links all imports of `mains` without running them. Modules are evaluated in order, and the first one throws. */
export function linking(mains: readonly string[]): string {
  const urls = ['data:text/javascript,throw null', ...mains.map((main) => pathToFileURL(join(root, main)).href)]
  const imports = urls.map((url) => `import ${JSON.stringify(url)}`).join('\n')
  const module = JSON.stringify(`data:text/javascript,${encodeURIComponent(imports)}`)
  return `await import(${module}).catch((error) => { if (error !== null) throw error })`
}
