/** What a provider's contract is tested on: the real thing it talks to, and something for it to run. One line per kind of provider. */
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
import type { FencingToken } from '../../domain/queue/fencing-token.ts'
import { freePort } from '../../adapters/free-port.ts'
import { startPrometheus } from '../stack/prometheus.ts'
import { demoService, startRuntime } from '../stack/runtime.ts'
import { putSecret } from '../stack/secrets.ts'
import { until } from '../stack/until.ts'

export interface Stand extends AsyncDisposable {
  readonly settings: ProviderSettings
  /** Configuration of each interface as declared and parsed. */
  readonly config: Readonly<Record<'target' | 'traffic' | 'metrics', Readonly<Record<string, unknown>>>>
  /** Makes the environment reachable: smoke tests go through its front. */
  open(): Promise<void>
  /** What counts the requests of this stand's router. */
  counters(): Metrics
  /** Opens a secret to the service of `ref`, as its operator does. */
  putSecret(name: string, value: string): void
  /** A revision `r-<version>` of the demo service, which runs wherever this provider's things run. */
  spec(version: string, env?: Readonly<Record<string, string>>): Promise<RevisionSpec>
}

export const ref = { service: 'shop', environment: 'production' }

export const fencingToken = (turn: number, step: number): FencingToken => ({
  workflowId: `rollout/shop/production/shop-${turn}`,
  turn,
  step,
})

/** No runtime, and only what loopback has. */
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

/** Declared addresses at which nobody is, of providers that need one. */
export const nowhere: Readonly<Record<string, object>> = { prometheus: { url: 'http://127.0.0.1:1' } }

/** A provider without a stand is untested: an error. */
export function standFor(kind: string): Promise<Stand> {
  const stand = stands[kind]
  if (!stand) throw new Error(`'${kind}' stands in the registry, but its contract is not tested: add its stand`)
  return stand()
}

/** The runtime again, with a Prometheus that scrapes it every second. */
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
  // A port of its own: those of environments without one are used again by the next runtime, and clients of the last may still call.
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

/** The local target, for contracts of routers and counters that need something to be running. */
export function anyTarget({ settings, config }: Stand): Target {
  const [provider] = targetProviders
  if (!provider) throw new Error('there is no target provider')
  return provider.create(settings, config.target)
}

/** Runs a revision and waits for its replicas. */
export async function runReady(target: Target, spec: RevisionSpec, replicas: number, by: FencingToken): Promise<void> {
  await target.run(ref, spec, replicas, by)
  await until(`${replicas} healthy replicas of ${spec.revision}`, async () => {
    const status = (await target.status(ref)).find(({ revision }) => revision === spec.revision)
    return status?.readyReplicas === replicas
  })
}

/** The code of the Problem that `work` fails with, or `accepted`. */
export const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  )
