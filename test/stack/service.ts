/** A service of a journey's own on the test stack: declared, with a baseline, and with users whose failures are counted. */
import { EventReading, ReleaseReading, StartedReading, listOf, read } from '../../ops/cli/readings.ts'
import type { LoadReport } from '../../ops/traffic/load.ts'
import { openLoop } from '../../ops/traffic/load.ts'
import type { Behaviour } from './demo-artifact.ts'
import { demoArtifact } from './demo-artifact.ts'
import { testStack } from './stack.ts'
import { until } from './until.ts'

export interface Shop extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Starts a release of the demo service that behaves as told. */
  release(version: string, behaviour?: Behaviour, wish?: Readonly<Record<string, unknown>>): Promise<ShopRelease>
  /** Asks for a rollback to the version before. */
  rollback(): Promise<ShopRelease>
  /** Ends the users and answers what they saw. */
  users(): Promise<LoadReport>
  /** Percent of traffic by version now. */
  weights(): Promise<Readonly<Record<string, number>>>
}

export interface ShopRelease {
  readonly id: string
  read(): Promise<ReleaseReading>
  /** Its outcome, once there is one. */
  end(withinMs?: number): Promise<string>
  /** Resolves once its phase is one of these. */
  phase(...phases: readonly string[]): Promise<ReleaseReading>
  /** @throws ApiProblem when refused */
  ask(verb: string, body?: Readonly<Record<string, unknown>>): Promise<void>
  events(): Promise<readonly EventReading[]>
}

export interface ShopOptions {
  readonly rps?: number
  /** False: nothing is stable yet and there are no users. */
  readonly baseline?: boolean
  readonly strategy?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, unknown>>
  /** What good means, where not the default. */
  readonly objective?: Readonly<Record<string, unknown>>
}

interface Traffic {
  readonly url: string
  readonly effective: Readonly<Record<string, number>>
  readonly versions: Readonly<Record<string, string>>
}

const quick = {
  kind: 'canary',
  steps: [{ weight: 50 }],
  bake: { min: '2s', max: '4m' },
  progressDeadline: '8s',
  scaleDownDelay: '0s',
}

/** Declares `name`, brings 1.0.0 out, and lets `rps` users in (60; 0 for none). */
export async function startService(
  name: string,
  { rps = 60, baseline = true, strategy = quick, environment = {}, objective }: ShopOptions = {},
): Promise<Shop> {
  const { client } = await testStack()
  const declared = {
    name: 'production',
    target: { kind: 'local', command: [process.execPath, 'server.mjs'], replicas: 1, drain: '2s', grace: '1s' },
    // Long enough for a machine that is busy with nine journeys at once.
    traffic: { kind: 'local', timeout: '3s' },
    strategy,
    analysis: { warmUp: '1s', look: '500ms' },
    watch: '3s',
    ...environment,
  }
  await client.call({
    method: 'PUT',
    path: `/v1/services/${name}`,
    body: { kind: 'Service', name, owners: ['test'], ...(objective ? { objective } : {}), environments: [declared] },
  })
  const place = `/v1/services/${name}/environments/production`
  const traffic = async () => ((await client.call({ method: 'GET', path: place })).json as { traffic: Traffic }).traffic
  const release: Shop['release'] = async (version, behaviour = {}, wish = {}) => {
    const body = { version, artifact: { path: demoArtifact(version, behaviour) }, ...wish }
    const { id } = read(StartedReading, (await client.call({ method: 'POST', path: `/v1/services/${name}/releases`, body })).json)
    return startedAt(id, `/v1/releases/${id}`)
  }
  if (baseline) await bringBaseline(await release('1.0.0'))
  const url = baseline ? (await traffic()).url : ''
  const ending = new AbortController()
  const load =
    rps > 0 && baseline
      ? openLoop({ url, rps, forMs: 900_000, versionHeader: 'x-version', timeoutMs: 5_000, signal: ending.signal })
      : null
  return {
    name,
    url,
    release,
    async rollback() {
      const { id } = read(StartedReading, (await client.call({ method: 'POST', path: `${place}/rollbacks`, body: {} })).json)
      return startedAt(id, `/v1/rollbacks/${encodeURIComponent(id)}`)
    },
    async weights() {
      const { effective, versions } = await traffic()
      return Object.fromEntries(Object.entries(effective).map(([revision, weight]) => [versions[revision] ?? revision, weight]))
    },
    async users() {
      ending.abort()
      if (!load) throw new Error('there are no users')
      return load
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await load
      await client.call({ method: 'DELETE', path: `/v1/services/${name}`, query: { stop: true } }).catch(() => {})
    },
  }

  function startedAt(id: string, path: string): ShopRelease {
    const see = async () => read(ReleaseReading, (await client.call({ method: 'GET', path })).json)
    return {
      id,
      read: see,
      end: (withinMs = 240_000) => until(`end of ${id}`, async () => (await see()).outcome, withinMs),
      phase: (...phases) =>
        until(
          `${id} in ${phases.join(' or ')}`,
          async () => {
            const seen = await see()
            return phases.includes(seen.phase ?? '') ? seen : undefined
          },
          60_000,
        ),
      ask: async (verb, body = {}) => void (await client.call({ method: 'POST', path: `${path}/${verb}`, body })),
      events: async () =>
        read(listOf(EventReading), (await client.call({ method: 'GET', path: `${path}/events`, query: { limit: 200 } })).json)
          .items,
    }
  }
}

/** A journey's watch may be long; its baseline's tells nothing. */
async function bringBaseline(release: ShopRelease): Promise<void> {
  await release.phase('watching')
  await release.ask('promote')
  const outcome = await release.end()
  if (outcome !== 'succeeded') throw new Error(`the first release ${release.id} ended ${outcome}`)
}
