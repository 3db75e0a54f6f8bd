/**
 * The way to one cluster's API server: its address, its connections and the headers of its credential. It keeps one pool of connections
 * while the certificates stay the same, and asks for the headers at each request, because tokens are renewed.
 */
import type { KubeConfig } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { Agent, ProxyAgent } from 'undici'
import { Problem } from '../../domain/problem.ts'
import { startTimer } from '../timer.ts'
import type { Cluster } from './clusters.ts'
import { KubeconfigFault, readKubeconfig } from './kubeconfig.ts'

export interface ConnectionBounds {
  /** How long a plugin or an identity provider may take to answer with a credential. An attempt has 5 s. */
  readonly openMs: number
  readonly connectMs: number
}

interface Way {
  readonly server: string
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
}

/** A plugin that hangs longer than this is left alone, and started anew. */
const forgottenAfterMs = 60_000
const mostConnections = 16

/** @param name of the cluster, for sentences */
export function createConnection(name: string, cluster: Cluster, { openMs, connectMs }: ConnectionBounds) {
  let config: Promise<KubeConfig> | null = null
  let pool: { readonly key: string; readonly dispatcher: Dispatcher } | null = null
  let opening: { readonly way: Promise<Way>; readonly sinceMs: number } | null = null

  async function find(): Promise<Way> {
    try {
      config ??= readKubeconfig(cluster)
      const kubeconfig = await config
      const options: Options = {}
      await kubeconfig.applyToHTTPSOptions(options)
      const { server = '', proxyUrl } = kubeconfig.getCurrentCluster() ?? {}
      const { ca, cert, key, servername, rejectUnauthorized } = options
      const tls = Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined)
      const certificates = JSON.stringify(tls)
      if (pool?.key !== certificates) {
        void pool?.dispatcher.close()
        pool = { key: certificates, dispatcher: dispatcherOf({ ...Object.fromEntries(tls), timeout: connectMs }, proxyUrl) }
      }
      return { server: server.replace(/\/+$/, ''), dispatcher: pool.dispatcher, headers: headersOf(options) }
    } catch (error) {
      // Somebody may mend the file while this process runs.
      config = null
      // No cause: errors of YAML and of plugins quote what they read, which may be a credential, and causes get into histories and logs.
      throw new Problem('target-unavailable', `the kubeconfig of ${name} cannot be used${whyOf(error)}`)
    }
  }

  return {
    /** @throws Problem target-unavailable when the kubeconfig cannot be used, or gives no credential in time */
    async open(): Promise<Way> {
      const nowMs = performance.now()
      if (opening && nowMs - opening.sinceMs > forgottenAfterMs) opening = null
      if (!opening) {
        const mine = { way: find(), sinceMs: nowMs }
        opening = mine
        const isOver = () => {
          if (opening === mine) opening = null
        }
        mine.way.then(isOver, isOver)
      }
      const late = Promise.withResolvers<never>()
      const timer = startTimer(openMs, () => {
        late.reject(new Problem('target-unavailable', `the kubeconfig of ${name} gave no credential within ${openMs / 1_000} s`))
      })
      return Promise.race([opening.way, late.promise]).finally(() => timer.cancel())
    },
    /** Reads the file anew before the next request: the API server does not accept what it has. */
    forget(): void {
      config = null
    },
    close: async (): Promise<void> => pool?.dispatcher.close(),
  }
}

function dispatcherOf(connect: { readonly timeout: number }, proxy: string | undefined): Dispatcher {
  if (!proxy) return new Agent({ connect, connections: mostConnections })
  return new ProxyAgent({ uri: proxy, requestTls: connect, connectTimeout: connect.timeout, connections: mostConnections })
}

/** A word of the system, such as ENOENT, says nothing of what the file holds. */
function whyOf(error: unknown): string {
  if (error instanceof KubeconfigFault) return `: ${error.message}`
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? `: ${code}` : ''
}

/** A token takes precedence over a password, as in the vendor's package. */
function headersOf({ headers = {}, auth }: Options): Readonly<Record<string, string>> {
  if (auth === undefined || headers['Authorization'] !== undefined) return { ...headers }
  return { ...headers, Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
}

/** What the vendor's package fills in. */
interface Options {
  readonly ca?: unknown
  readonly cert?: unknown
  readonly key?: unknown
  readonly servername?: unknown
  readonly rejectUnauthorized?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly auth?: string
}
