/** Temporal's dev server: server, Web UI and SQLite in one binary. */
import { join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing, onPath, prints } from './component.ts'
import { download } from './download.ts'
import { goInstall, isBuildOf } from './go-install.ts'

const version = '1.5.1'
const pkg = 'github.com/temporalio/cli/cmd/temporal'

/** The official archives, by platform and architecture as Node names them. */
const digests: Readonly<Record<string, string>> = {
  'linux-x64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  'darwin-x64': 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
}

export const temporal: Component = {
  name: 'temporal',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'temporal', version, path, from })
    const { temporalCli: given } = readConfig(env, ['temporalCli'])
    if (given) {
      // The setting may name another version. It only has to be Temporal.
      if (await prints(given, ['--version'], 'temporal version')) return found(given, 'environment')
      throw missing('temporal', `HOLDFAST_TEMPORAL_CLI is ${given}, which is not Temporal's command line`)
    }
    const installed = await onPath(env, 'temporal', isIt(env))
    if (installed) return found(installed, 'path')
    const cached = join(cacheFolder(env), `temporal-${version}`)
    // Only Holdfast writes to the cache, after a check. Another check with Go would take time and need Go.
    if (await prints(cached, ['--version'], 'temporal version')) return found(cached, 'cache')
    return found(cached, await obtain(env, cached, say))
  },
}

/** A release prints its version. A build from source prints 0.0.0-DEV, so the metadata that Go recorded identifies it. */
const isIt =
  (env: Variables) =>
  async (path: string): Promise<boolean> =>
    (await prints(path, ['--version'], `temporal version ${version} `)) || (await isBuildOf(path, pkg, version, env))

async function obtain(env: Variables, into: string, say: (line: string) => void): Promise<Found['from']> {
  try {
    await downloadTo(into, say)
    return 'download'
  } catch (downloading) {
    say(`no download (${messageOf(downloading)}); building Temporal's dev server ${version} with Go: once, about three minutes`)
    try {
      await goInstall({ env, pkg, version, into, say })
      return 'build'
    } catch (building) {
      throw missing(
        'temporal',
        `install Temporal's command line ${version} (https://docs.temporal.io/cli) or set HOLDFAST_TEMPORAL_CLI to it; ` +
          `tried here: a download (${messageOf(downloading)}) and a build with Go (${messageOf(building)})`,
      )
    }
  }
}

async function downloadTo(into: string, say: (line: string) => void): Promise<void> {
  const digest = digests[`${process.platform}-${process.arch}`]
  if (!digest) throw new Error(`there is none for ${process.platform} on ${process.arch}`)
  const file = `temporal_cli_${version}_${process.platform}_${process.arch === 'x64' ? 'amd64' : 'arm64'}.tar.gz`
  say(`downloading Temporal's dev server ${version}: once`)
  const url = `https://github.com/temporalio/cli/releases/download/v${version}/${file}`
  await download({ url, digest, member: 'temporal', into }, say)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
