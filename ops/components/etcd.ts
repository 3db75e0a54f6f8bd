/** etcd, in which the test cluster's API server keeps its objects. */
import { join } from 'node:path'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, missing, onPath, prints } from './component.ts'
import { goBuild } from './go-install.ts'

const version = '3.6.7'
const of = 'go.etcd.io/etcd/server/v3'

/** `go install` refuses etcd, because its module replaces others. */
const files = {
  'go.mod': `module etcd\n\ngo 1.24.0\n\nrequire ${of} v${version}\n`,
  'main.go': `package main

import (
	"os"

	"${of}/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`,
}

export const etcd: Component = {
  name: 'etcd',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'etcd', version, path, from })
    const { etcdProgram: given } = readConfig(env, ['etcdProgram'])
    if (given) {
      if (await isEtcd(given, '')) return found(given, 'environment')
      throw missing('etcd', `HOLDFAST_ETCD is ${given}, which is not etcd`)
    }
    // Debian 12 has version 3.4, which the API server does not accept.
    const installed = await onPath(env, 'etcd', (path) => isEtcd(path, '3.6.'))
    if (installed) return found(installed, 'path')
    const cached = join(cacheFolder(env), `etcd-${version}`)
    if (await isEtcd(cached, version)) return found(cached, 'cache')
    // Its makers publish the digests of their archives only beside the archives. So our source has no digest, and nothing is downloaded.
    say(`building etcd ${version} with Go: once, about half a minute`)
    await goBuild({ env, files, of, version, into: cached, say }).catch((error: unknown) => {
      const ways = `install etcd 3.6 (https://github.com/etcd-io/etcd/releases) or set HOLDFAST_ETCD to it`
      throw missing('etcd', `${ways}; tried here: a build with Go (${error instanceof Error ? error.message : String(error)})`)
    })
    return found(cached, 'build')
  },
}

const isEtcd = (path: string, wanted: string): Promise<boolean> => prints(path, ['--version'], `etcd Version: ${wanted}`)
