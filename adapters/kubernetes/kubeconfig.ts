/**
 * Reads the kubeconfig of a cluster. A key that Holdfast would not obey is refused, because a client that drops a credential or a proxy in
 * silence asks as somebody else, or over another way, than the operator declared.
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Cluster } from './clusters.ts'

/** Why a kubeconfig cannot be used, in words that hold no credential and no path. */
export class KubeconfigFault extends Error {}

const obeyed = {
  cluster: [
    'server',
    'certificate-authority',
    'certificate-authority-data',
    'insecure-skip-tls-verify',
    'tls-server-name',
    'proxy-url',
    'disable-compression',
    'extensions',
  ],
  user: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'username',
    'password',
    'exec',
    'auth-provider',
    'as',
    'extensions',
  ],
  exec: ['apiVersion', 'command', 'args', 'env', 'installHint', 'interactiveMode', 'provideClusterInfo'],
} as const

/** The providers of credentials that the vendor's package knows. It would send no credential at all for another one. */
const authProviders = new Set(['azure', 'gcp', 'oidc'])

const Keys = z.record(z.string(), z.unknown())
const File = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string(), cluster: Keys })).default([]),
  users: z.array(z.looseObject({ name: z.string(), user: Keys.nullish() })).default([]),
  contexts: z
    .array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }))
    .default([]),
  'current-context': z.string().default(''),
})

/**
 * Loads the vendor's package only where a cluster is named, because it takes 85 MB of memory.
 * @throws KubeconfigFault, or an Error of the file system or of the vendor's package
 */
export async function readKubeconfig({ kubeconfig, context }: Cluster): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (kubeconfig === 'in-cluster') {
    config.loadFromCluster()
    if (!URL.canParse(config.getCurrentCluster()?.server ?? '')) throw new KubeconfigFault('this process runs in no pod')
    return config
  }
  const text = await readFile(kubeconfig, 'utf8')
  const file = File.safeParse(yamlOf(text))
  if (!file.success) throw new KubeconfigFault('it is not of the form of a kubeconfig')
  const tokenFile = checked(file.data, context ?? file.data['current-context'])
  config.loadFromString(text)
  config.makePathsAbsolute(dirname(kubeconfig))
  if (context !== undefined) config.setCurrentContext(context)
  const user = config.getCurrentUser()
  // The package reads a token's file once. By this provider, which pods use, it reads it again every minute.
  if (user && tokenFile !== null) {
    const provider = { name: 'tokenFile', config: { tokenFile: resolve(dirname(kubeconfig), tokenFile) } }
    Object.assign(user, { token: undefined, authProvider: provider })
  }
  return config
}

/** @throws KubeconfigFault that quotes nothing of the text */
function yamlOf(text: string): unknown {
  try {
    return parse(text, { prettyErrors: false, logLevel: 'error' })
  } catch {
    throw new KubeconfigFault('it is no YAML')
  }
}

/** The file of the token, if the user of the context has one. @throws KubeconfigFault */
function checked(file: z.output<typeof File>, name: string): string | null {
  const context = file.contexts.find((one) => one.name === name)?.context
  if (!context) throw new KubeconfigFault(name ? `it has no context ${name}` : 'it names no current context')
  const cluster = file.clusters.find((one) => one.name === context.cluster)?.cluster
  if (!cluster) throw new KubeconfigFault(`it has no cluster ${context.cluster}`)
  const entry = file.users.find((one) => one.name === context.user)
  if (!entry) throw new KubeconfigFault(`it has no user ${context.user}`)
  const user = entry.user ?? {}
  const exec = Keys.safeParse(user['exec'] ?? {}).data ?? {}
  for (const [what, keys] of Object.entries({ cluster, user, exec })) {
    const odd = Object.keys(keys).find((key) => !(obeyed[what as keyof typeof obeyed] as readonly string[]).includes(key))
    if (odd !== undefined) throw new KubeconfigFault(`Holdfast does not know ${odd} of a ${what === 'exec' ? 'plugin' : what}`)
  }
  assertReached(cluster)
  assertKnown(user, exec)
  return typeof user['tokenFile'] === 'string' ? user['tokenFile'] : null
}

function assertReached(cluster: Readonly<Record<string, unknown>>): void {
  const { server, 'proxy-url': proxy, 'insecure-skip-tls-verify': isUnverified } = cluster
  const address = typeof server === 'string' && URL.canParse(server) ? new URL(server) : null
  if (!address) throw new KubeconfigFault('it names no server')
  if (address.protocol !== 'https:' && isUnverified !== true)
    throw new KubeconfigFault('its server has no TLS, and insecure-skip-tls-verify is not true')
  if (proxy === undefined || proxy === null || proxy === '') return
  const scheme = typeof proxy === 'string' && URL.canParse(proxy) ? new URL(proxy).protocol : 'unreadable'
  if (!['http:', 'https:'].includes(scheme))
    throw new KubeconfigFault(
      `its proxy-url is ${scheme.replace(/:$/, '')}, and Holdfast goes through http and https proxies only`,
    )
}

function assertKnown(user: Readonly<Record<string, unknown>>, exec: Readonly<Record<string, unknown>>): void {
  const provider = Keys.safeParse(user['auth-provider'] ?? {}).data ?? {}
  const name = z.string().catch('').parse(provider['name'])
  if (user['auth-provider'] && !authProviders.has(name))
    throw new KubeconfigFault(`Holdfast does not know the auth-provider ${name}`)
  if (exec['provideClusterInfo'] === true)
    throw new KubeconfigFault('its plugin needs provideClusterInfo, which Holdfast does not give')
  if (exec['interactiveMode'] === 'Always') throw new KubeconfigFault('its plugin needs a terminal')
}
