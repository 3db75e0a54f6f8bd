/** The types of the Gateway API, as manifests of CustomResourceDefinitions. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import { draftOf, putFolder, removeLeftDrafts } from '../drafts.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing } from './component.ts'
import { goModuleFolder } from './go-module.ts'

/** The one that Traefik (`traefik.ts`) is made for. */
const version = '1.6.1'
const of = { module: 'sigs.k8s.io/gateway-api', version, sum: 'h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=' }

/** A manifest that nobody leaves out. */
const oneOfThem = 'gateway.networking.k8s.io_httproutes.yaml'

/** Finds the folder of the manifests. */
export const gatewayApi: Component = {
  name: 'gateway-api',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'gateway-api', version, path, from })
    const { gatewayApiFolder: given } = readConfig(env, ['gatewayApiFolder'])
    if (given) {
      if (await hasTypes(given, '')) return found(given, 'environment')
      throw missing('gateway-api', `HOLDFAST_GATEWAY_API is ${given}, which has no ${oneOfThem} of the standard channel`)
    }
    const cached = join(cacheFolder(env), `gateway-api-${version}`)
    if (await hasTypes(cached, version)) return found(cached, 'cache')
    // Its makers publish no digest of their manifests beside the Go module, whose sum our source has. So only the module is fetched.
    say(`fetching the types of the Gateway API ${version} from its Go module: once`)
    await copyInto(env, cached).catch((error: unknown) => {
      const ways = `set HOLDFAST_GATEWAY_API to the folder config/crd/standard of https://github.com/kubernetes-sigs/gateway-api`
      throw missing(
        'gateway-api',
        `${ways}; tried here: its Go module (${error instanceof Error ? error.message : String(error)})`,
      )
    })
    return found(cached, 'download')
  },
}

/** Manifests name their version and channel. */
async function hasTypes(folder: string, wanted: string): Promise<boolean> {
  const text = await readFile(join(folder, oneOfThem), 'utf8').catch(() => '')
  return (
    text.includes(`gateway.networking.k8s.io/bundle-version: v${wanted}`) &&
    text.includes('gateway.networking.k8s.io/channel: standard')
  )
}

async function copyInto(env: Variables, into: string): Promise<void> {
  const from = join(await goModuleFolder(of, env), 'config', 'crd', 'standard')
  await mkdir(dirname(into), { recursive: true })
  removeLeftDrafts(into)
  const folder = await mkdtemp(draftOf(into))
  try {
    // The module also has an admission policy against mixed channels, which a cluster that lives for a run does not need.
    const types = (await readdir(from)).filter((file) => /^gateway\.networking\.k8s\.io_[a-z]+\.yaml$/.test(file))
    for (const file of types) await cp(join(from, file), join(folder, file))
    putFolder(folder, into)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
