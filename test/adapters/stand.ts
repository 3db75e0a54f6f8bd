/** What the contract tests of a provider run on: the real system behind it, and a service for it to run. One line per kind of provider. */
import { createRuntimeClient } from '../../adapters/local-runtime/client.ts'
import type { Metrics } from '../../adapters/metrics/metrics.ts'
import { prometheusMetrics } from '../../adapters/metrics/prometheus.ts'
import { scrapeMetrics } from '../../adapters/metrics/scrape.ts'
import { localTarget } from '../../adapters/target/local.ts'
import { localTraffic } from '../../adapters/traffic/local.ts'
import type { ProviderSettings } from '../../adapters/provider.ts'
import { valuesOf } from '../../adapters/provider.ts'
import { targetProviders } from '../../adapters/target/index.ts'
import type { RevisionSpec, Target } from '../../adapters/target/target.ts'
import { isProblem } from '../../domain/problem.ts'
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startPrometheus } from '../stack/prometheus.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { putSecret } from '../stack/secrets.ts'
import { until } from '../stack/until.ts'

export interface Stand extends AsyncDisposable {
  readonly settings: ProviderSettings
  /** The parsed configuration of each interface. */
  readonly config: Readonly<Record<'target' | 'traffic' | 'metrics', Readonly<Record<string, unknown>>>>
  /** Makes the environment reachable: smoke tests go through its front. */
  open(): Promise<void>
  /** The metrics provider that counts the requests of this stand's router. */
  counters(): Metrics
  /** Opens a secret to the service of `ref`, as an operator does. */
  putSecret(name: string, value: string): void
  /** A revision `r-<version>` of the demo service, for this provider's target. */
  spec(version: string, env?: Readonly<Record<string, string>>): Promise<RevisionSpec>
}

export const ref = { service: 'shop', environment: 'production' }

export const fencingToken = (token: number, step: number): FencingToken => ({
  workflowId: `rollout/shop/production/shop-${token}`,
  token,
  step,
})

/** Settings without a runtime and without hosts beyond loopback. */
export const noSettings = {
  runtimeSocket: '/nowhere/socket',
  prometheusHosts: [],
  prometheusToken: '',
} as const satisfies ProviderSettings

const stands: Readonly<Record<string, () => Promise<Stand>>> = {
  local: standOnRuntime,
  scrape: standOnRuntime,
  prometheus: standOnPrometheus,
}

/** Declared addresses where nothing listens, for providers that need an address. */
export const nowhere: Readonly<Record<string, object>> = { prometheus: { url: 'http://127.0.0.1:1' } }

type Interface = 'target' | 'traffic' | 'metrics'

/** Providers that need a cluster, and the test that holds them to their interface there. */
export const onCluster: Readonly<Record<Interface, Readonly<Record<string, string>>>> = {
  target: { kubernetes: 'test/kubernetes/target.test.ts' },
  traffic: {
    replicas: 'test/kubernetes/traffic-replicas.test.ts',
    'gateway-api': 'test/kubernetes/traffic-gateway-api.test.ts',
  },
  metrics: { pods: 'test/kubernetes/release.test.ts' },
}

/** The providers whose contract is tested here, without a cluster. */
export const withoutCluster = <One extends { readonly kind: string }>(of: Interface, providers: readonly One[]): readonly One[] =>
  providers.filter(({ kind }) => !Object.hasOwn(onCluster[of], kind))

/** Throws for a provider without a stand, because it would be untested. */
export function standFor(kind: string): Promise<Stand> {
  const stand = stands[kind]
  if (!stand) throw new Error(`'${kind}' stands in the registry, but its contract is not tested: add its stand`)
  return stand()
}

/** The local runtime with a Prometheus that scrapes it every second. */
async function standOnPrometheus(): Promise<Stand> {
  const stand = await standOnRuntime()
  const { metricsUrl } = await createRuntimeClient(valuesOf(stand.settings, ['runtimeSocket']).runtimeSocket).info()
  const prometheus = await startPrometheus([metricsUrl])
  return {
    ...stand,
    config: { ...stand.config, metrics: prometheusMetrics.config.parse({ url: prometheus.url, interval: '1s' }) },
    async [Symbol.asyncDispose]() {
      await prometheus[Symbol.asyncDispose]()
      await stand[Symbol.asyncDispose]()
    },
  }
}

async function standOnRuntime(): Promise<Stand> {
  const runtime = await startRuntime()
  const target = (env: Readonly<Record<string, string>>) =>
    localTarget.config.parse({ command: [process.execPath, 'server.mjs'], env, replicas: 1, drain: '2s', grace: '1s' })
  // Declare a port: the next runtime reuses the ports of environments without one, and clients of the previous runtime may still call
  // them.
  const traffic = { ...localTraffic.config.parse({ port: await freePort() }), edgesMs: [100, 500] }
  return {
    settings: { ...noSettings, runtimeSocket: runtime.socket },
    config: { target: target({}), traffic, metrics: {} },
    async open() {
      await runtime.client.open(ref, traffic, fencingToken(1, 1))
    },
    counters: () => scrapeMetrics.create({ ...noSettings, runtimeSocket: runtime.socket }, {}),
    putSecret: (name, value) => putSecret(runtime, `${ref.service}/${name}`, value),
    async spec(version, env = {}) {
      const { digest } = await runtime.client.importArtifact(demoService)
      return { revision: `r-${version}`, version, artifact: digest, config: target({ DEMO_VERSION: version, ...env }) }
    },
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  }
}

/** The local target, for contracts of routers and metrics providers, which need a running service. */
export function anyTarget({ settings, config }: Stand): Target {
  const [provider] = targetProviders
  if (!provider) throw new Error('there is no target provider')
  return provider.create(settings, config.target)
}

/** Runs a revision and waits until its replicas are ready. */
export async function runReady(target: Target, spec: RevisionSpec, replicas: number, by: FencingToken): Promise<void> {
  await target.run(ref, spec, replicas, by)
  await until(`${replicas} healthy replicas of ${spec.revision}`, async () => {
    const status = (await target.status(ref)).find(({ revision }) => revision === spec.revision)
    return status?.readyReplicas === replicas
  })
}

interface Removing {
  remove(of: typeof ref, revision: string, by: FencingToken): Promise<unknown>
}

/** Removes a revision for good. A removal is repeated while it answers that the revision still drains or ends. */
export async function removeWhole(on: Removing, revision: string, by: FencingToken): Promise<void> {
  await until(`the removal of ${revision}`, async () => {
    try {
      await on.remove(ref, revision, by)
      return true
    } catch (error) {
      if (isProblem(error, 'target-not-ready')) return false
      throw error
    }
  })
}

/** Requests `url` in groups, because a service on a busy machine answers no health check beside hundreds at once. */
export async function requestsOf(url: string, count: number): Promise<readonly Response[]> {
  const answers: Response[] = []
  while (answers.length < count) {
    const group = Math.min(20, count - answers.length)
    answers.push(...(await Promise.all(Array.from({ length: group }, () => fetch(url)))))
  }
  return answers
}

/** Resolves with the code of the Problem that `work` fails with, or with `accepted`. */
export const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  )
