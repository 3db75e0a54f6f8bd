/** Traefik, the gateway of a test cluster: it routes requests by the cluster's HTTPRoutes and Ingresses. */
import { join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing, onPath, prints } from './component.ts'
import { goBuild } from './go-install.ts'
import { traefikModule } from './traefik-module.ts'

/** Versions before 3.7 ignore the annotations of canary Ingresses and send such an Ingress every request. */
const version = '3.7.13'
const oldest = '3.7.'

export const traefik: Component = {
  name: 'traefik',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'traefik', version, path, from })
    const { traefikProgram: given } = readConfig(env, ['traefikProgram'])
    if (given) {
      if (await isTraefik(given, '')) return found(given, 'environment')
      throw missing('traefik', `HOLDFAST_TRAEFIK is ${given}, which is not Traefik`)
    }
    const installed = await onPath(env, 'traefik', (path) => isTraefik(path, oldest))
    if (installed) return found(installed, 'path')
    const cached = join(cacheFolder(env), `traefik-${version}`)
    if (await isTraefik(cached, version)) return found(cached, 'cache')
    // Its makers publish the digests of their archives only beside the archives. So our source has no digest, and nothing is downloaded.
    say(`building Traefik ${version} with Go: once, about four minutes`)
    await goBuild({ env, ...traefikModule(version), into: cached, say }).catch((error: unknown) => {
      const ways = `install Traefik ${oldest}x (https://github.com/traefik/traefik/releases) or set HOLDFAST_TRAEFIK to it`
      throw missing('traefik', `${ways}; tried here: a build with Go (${error instanceof Error ? error.message : String(error)})`)
    })
    return found(cached, 'build')
  },
}

/** Its output has the version in a column of its own: `Version:      3.7.13`. */
const isTraefik = async (path: string, wanted: string): Promise<boolean> =>
  (await prints(path, ['version'], `Version:      ${wanted}`)) && (await prints(path, ['version'], 'Codename:'))
