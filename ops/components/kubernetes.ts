/** Kubernetes' own programs: the control plane, the proxy of each node, and the command line. */
import { symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Variables } from '../../adapters/config.ts'
import { readConfig } from '../../adapters/config.ts'
import type { Component, Found } from './component.ts'
import { cacheFolder, isExecutable, missing, onPath, prints } from './component.ts'
import { downloadMany } from './download.ts'
import { goBuild } from './go-install.ts'
import { kubernetesModule } from './kubernetes-module.ts'

const version = '1.35.4'
const oldest = '1.35.'
const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubectl'] as const

/** SHA-512 of the official archives, as Kubernetes' own changelog has them. */
const digests: Readonly<Record<string, string>> = {
  x64: '7454c2d9023de3230972e965e1e2a587a291e2a1abee703bb0737057e1646b23ebac538b93dd778e93579e3c293dc1fa8d002e6848ad5ebc01598bc47358fe44',
  arm64:
    '67187a2fe780be7816f9d10e082ed02cbba306bab379980280d00ba4c4017ff53c50cd2ff81d248c91ddcc064276b8760e17c73a1a7da1d35067a6fc0ffbdc88',
}

/** Finds the folder that has all of them. */
export const kubernetes: Component = {
  name: 'kubernetes',
  version,
  async find(env, say) {
    const found = (path: string, from: Found['from']): Found => ({ name: 'kubernetes', version, path, from })
    const { kubernetesBin: given } = readConfig(env, ['kubernetesBin'])
    if (given) {
      if (await isWhole(given, '')) return found(given, 'environment')
      throw missing('kubernetes', `HOLDFAST_KUBERNETES_BIN is ${given}, which does not hold ${programs.join(', ')}`)
    }
    const installed = await onPath(env, 'kube-apiserver', (path) => isWhole(dirname(path), oldest))
    if (installed) return found(dirname(installed), 'path')
    const cached = join(cacheFolder(env), `kubernetes-${version}`)
    if (await isWhole(cached, version)) return found(cached, 'cache')
    return found(cached, await obtain(env, cached, say))
  },
}

/**
 * Whether every program is in the folder. Only the API server is asked for its version, because a folder never has programs of two
 * versions.
 */
async function isWhole(folder: string, wanted: string): Promise<boolean> {
  const there = await Promise.all(programs.map((program) => isExecutable(join(folder, program))))
  return there.every(Boolean) && (await prints(join(folder, 'kube-apiserver'), ['--version'], `Kubernetes v${wanted}`))
}

async function obtain(env: Variables, into: string, say: (line: string) => void): Promise<Found['from']> {
  try {
    await downloadTo(into, say)
    return 'download'
  } catch (downloading) {
    say(`no download (${messageOf(downloading)}); building Kubernetes ${version} with Go: once, about six minutes`)
    try {
      await buildInto(env, into, say)
      return 'build'
    } catch (building) {
      throw missing(
        'kubernetes',
        `set HOLDFAST_KUBERNETES_BIN to a folder with ${programs.join(', ')} of ${oldest}x or newer (https://kubernetes.io/releases/download), ` +
          `or, for the tests, HOLDFAST_TEST_KUBECONFIG to the kubeconfig of a cluster; tried here: a download (${messageOf(downloading)}) and a build with Go (${messageOf(building)})`,
      )
    }
  }
}

async function downloadTo(into: string, say: (line: string) => void): Promise<void> {
  const digest = process.platform === 'linux' ? digests[process.arch] : undefined
  if (!digest) throw new Error(`there is none for ${process.platform} on ${process.arch}`)
  const file = `kubernetes-server-linux-${process.arch === 'x64' ? 'amd64' : 'arm64'}.tar.gz`
  say(`downloading Kubernetes ${version}: once`)
  const members = programs.map((program) => `kubernetes/server/bin/${program}`)
  await downloadMany({ url: `https://dl.k8s.io/v${version}/${file}`, digest, members, into }, say)
}

/**
 * Builds one program that runs as any of them, by the name under which it is called. They share most of their packages, so it is little
 * larger than the largest of them.
 */
async function buildInto(env: Variables, into: string, say: (line: string) => void): Promise<void> {
  await goBuild({ env, ...kubernetesModule(version), into: join(into, 'kubernetes'), say })
  for (const program of programs)
    await symlink('kubernetes', join(into, program)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
