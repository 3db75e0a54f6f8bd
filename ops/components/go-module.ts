/** Fetches the source of a Go module, and accepts it only with the sum that our source names. */
import type { Variables } from '../../adapters/config.ts'
import { run } from './component.ts'

export interface GoModuleSource {
  readonly module: string
  readonly version: string
  /** As in a file go.sum. */
  readonly sum: string
}

const limitMs = 120_000

/** The folder of its files, which are read-only. @throws Error with a sentence: Go is missing, it is not served, or it has another sum */
export async function goModuleFolder({ module, version, sum }: GoModuleSource, env: Variables): Promise<string> {
  const args = ['mod', 'download', '-json', `${module}@v${version}`]
  const { stdout } = await run('go', args, { env: { ...env, GOFLAGS: '', GOWORK: 'off' }, timeout: limitMs, cwd: '/' }).catch(
    (error: NodeJS.ErrnoException & { stdout?: string; stderr?: string }) => {
      if (error.code === 'ENOENT') throw new Error('Go is not installed')
      throw new Error(reasonIn(error.stdout) || error.stderr?.trim().split('\n').at(-1) || error.message, { cause: error })
    },
  )
  const { Dir: folder = '', Sum: found = '' } = JSON.parse(stdout) as ModuleAnswer
  if (found !== sum) throw new Error(`${module} ${version} has another sum than ${sum}: ${found}`)
  return folder
}

/** What Go says, with the reason where it could not fetch the module. */
interface ModuleAnswer {
  readonly Dir?: string
  readonly Sum?: string
  readonly Error?: string
}

function reasonIn(stdout = ''): string {
  try {
    return (JSON.parse(stdout) as ModuleAnswer).Error?.trim().replaceAll(/\s*\n\s*/g, ' ') ?? ''
  } catch {
    return ''
  }
}
