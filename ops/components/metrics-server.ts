/** metrics-server, by which a test cluster answers how much processor time and memory its pods use. */
import { join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing, onPath, prints } from './component.ts'
import { goBuild } from './go-install.ts'
import { kubernetes } from './kubernetes.ts'
import { metricsServerModule } from './metrics-server-module.ts'

const version = '0.8.0'

export const metricsServer: Component = {
  name: 'metrics-server',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'metrics-server', version, path, from })
    const { metricsServerProgram: given } = readConfig(env, ['metricsServerProgram'])
    if (given) {
      if (await isIt(given)) return found(given, 'environment')
      throw missing('metrics-server', `HOLDFAST_METRICS_SERVER is ${given}, which is not metrics-server`)
    }
    const installed = await onPath(env, 'metrics-server', isIt)
    if (installed) return found(installed, 'path')
    const cached = join(cacheFolder(env), `metrics-server-${version}`)
    if (await isIt(cached)) return found(cached, 'cache')
    // Its makers publish container images and no programs.
    say(`building metrics-server ${version} with Go: once, about two minutes`)
    await goBuild({ env, ...metricsServerModule(version, kubernetes.version), into: cached, say }).catch((error: unknown) => {
      throw missing(
        'metrics-server',
        `set HOLDFAST_METRICS_SERVER to it; tried here: a build with Go (${error instanceof Error ? error.message : String(error)})`,
      )
    })
    return found(cached, 'build')
  },
}

const isIt = (path: string): Promise<boolean> => prints(path, ['--help'], 'Launch metrics-server')
