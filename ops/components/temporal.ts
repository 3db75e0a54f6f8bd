/** Temporal's dev server: server, Web UI and SQLite in one binary. */
import { join } from 'node:path'
import type { Component } from './component.ts'
import { cacheFolder, goInstall, isExecutable, missing, onPath, prints } from './component.ts'

const version = '1.5.1'

export const temporal: Component = {
  name: 'temporal',
  version,
  async find(env, say) {
    const isIt = (path: string) => prints(path, ['--version'], 'temporal version')
    const given = env['HOLDFAST_TEMPORAL_CLI']
    if (given) {
      if (await isIt(given)) return { name: 'temporal', path: given, from: 'environment' }
      throw missing('temporal', `HOLDFAST_TEMPORAL_CLI is ${given}, which is not Temporal's command line`)
    }
    const found = await onPath(env, 'temporal', isIt)
    if (found) return { name: 'temporal', path: found, from: 'path' }
    const cached = join(cacheFolder(env), `temporal-${version}`)
    if (await isExecutable(cached)) return { name: 'temporal', path: cached, from: 'cache' }
    say(`building Temporal's dev server ${version} with Go: once, about three minutes`)
    try {
      await goInstall(env, { module: `github.com/temporalio/cli/cmd/temporal@v${version}`, binary: 'temporal', into: cached })
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : ''
      throw missing(
        'temporal',
        `install Temporal's command line (https://docs.temporal.io/cli) or Go >= 1.23 for a build; the build said: ${why}`,
      )
    }
    return { name: 'temporal', path: cached, from: 'build' }
  },
}
