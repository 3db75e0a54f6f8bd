/** A service for one journey on the test stack: declared, with a stable version, and with users whose failures are counted. */
import { StartedAnswer, read } from '../../cli/api-answers.ts'
import type { LoadReport } from '../../cli/traffic/load.ts'
import type { Behaviour } from './demo-artifact.ts'
import { demoArtifact } from './demo-artifact.ts'
import type { DemoSwitch } from './demo-switch.ts'
import { createDemoSwitch } from './demo-switch.ts'
import type { ShopRelease } from './shop-release.ts'
import { shopRelease } from './shop-release.ts'
import { testStack } from './stack.ts'
import { until } from './until.ts'
import { letUsersIn } from './users.ts'

export type { ShopRelease } from './shop-release.ts'

export interface Shop extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Sets how its running replicas behave. */
  readonly switch: DemoSwitch
  /** Declares it again. Missing keys of the environments have the defaults of journeys. */
  declare(...environments: readonly Readonly<Record<string, unknown>>[]): Promise<void>
  /** Starts a release of the demo service with this behaviour. */
  release(version: string, behaviour?: Behaviour, input?: Readonly<Record<string, unknown>>): Promise<ShopRelease>
  /** Starts a rollback, by default to the previous version. */
  rollback(version?: string): Promise<ShopRelease>
  /** Ends the users and resolves with what they saw. */
  users(): Promise<LoadReport>
  /** Resolves with the service's present address. */
  address(environment?: string): Promise<string>
  /** Resolves with the present weights in percent, by version. */
  weights(environment?: string): Promise<Readonly<Record<string, number>>>
}

export interface ShopOptions {
  readonly rps?: number
  /** False: no version is stable yet, and there are no users. */
  readonly baseline?: boolean
  readonly strategy?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, unknown>>
  /** Environments in order, instead of only `production`, which is the last of them. */
  readonly environments?: readonly Readonly<Record<string, unknown>>[]
  /** Changes to the target. */
  readonly target?: Readonly<Record<string, unknown>>
  /** Alpha, if not the default. */
  readonly alpha?: number
  /** The objective, if not the default. */
  readonly objective?: Readonly<Record<string, unknown>>
  /** Lowest status that is a failure to users (500). */
  readonly failsFrom?: number
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
  progressDeadline: '30s',
  scaleDownDelay: '0s',
}

/** Declares `name`, releases 1.0.0, and starts users with `rps` requests a second (by default 60; 0 for none). */
export async function startService(name: string, options: ShopOptions = {}): Promise<Shop> {
  const { rps = 60, baseline = true, failsFrom = 500 } = options
  const { client } = await testStack()
  const path = `/v1/services/${name}`
  const toggle = createDemoSwitch()
  const declare: Shop['declare'] = async (...environments) => {
    const { objective, alpha } = options
    const declared = environments.map((one) => ({ ...defaultEnvironment(options, toggle), ...one }))
    const chosen = { ...(objective ? { objective } : {}), ...(alpha === undefined ? {} : { alpha }) }
    const body = { kind: 'Service', name, owners: ['test'], ...chosen, environments: declared }
    await client.call({ method: 'PUT', path, body })
  }
  const start = async (kind: 'releases' | 'rollbacks', below: string, body: unknown): Promise<ShopRelease> => {
    const { id } = read(StartedAnswer, (await client.call({ method: 'POST', path: `${path}/${below}`, body })).json)
    return shopRelease(client, id, `/v1/${kind}/${encodeURIComponent(id)}`)
  }
  const release: Shop['release'] = (version, behaviour = {}, input = {}) =>
    start('releases', 'releases', { version, artifact: { path: demoArtifact(version, behaviour) }, ...input })
  const traffic = async (environment = 'production') =>
    ((await client.call({ method: 'GET', path: `${path}/environments/${environment}` })).json as { traffic: Traffic }).traffic
  await declare(...(options.environments ?? [options.environment ?? {}]))
  if (baseline) await bringBaseline(await release('1.0.0'))
  const url = baseline ? (await traffic()).url : ''
  const users = rps > 0 && baseline ? letUsersIn(url, rps, { failsFrom }) : null
  return {
    name,
    url,
    switch: toggle,
    declare,
    release,
    rollback: (version) => start('rollbacks', 'environments/production/rollbacks', version ? { version } : {}),
    address: async (environment) => (await traffic(environment)).url,
    async weights(environment) {
      const { effective, versions } = await traffic(environment)
      return Object.fromEntries(Object.entries(effective).map(([revision, weight]) => [versions[revision] ?? revision, weight]))
    },
    async users() {
      if (!users) throw new Error('there are no users')
      return users.report()
    },
    async [Symbol.asyncDispose]() {
      await users?.report()
      await client.call({ method: 'DELETE', path, query: { stop: true } }).catch(() => {})
      toggle[Symbol.dispose]()
    },
  }
}

const defaultEnvironment = ({ strategy = quick, target = {} }: ShopOptions, { file }: DemoSwitch) => ({
  name: 'production',
  target: {
    kind: 'local',
    command: [process.execPath, 'server.mjs'],
    env: { DEMO_SWITCH: file },
    replicas: 1,
    drain: '2s',
    grace: '1s',
    ...target,
  },
  // Long enough for a machine with nine journeys at once.
  traffic: { kind: 'local', timeout: '3s' },
  strategy,
  analysis: { warmUp: '1s', look: '500ms' },
  watch: '3s',
})

/** Ends the watch of the first version, which may be long and matters to no journey. */
async function bringBaseline(release: ShopRelease): Promise<void> {
  for (;;) {
    const { outcome, environment, reason } = await until(
      `${release.id} watched or over`,
      async () => {
        const seen = await release.read()
        return seen.outcome || seen.phase === 'watching' ? seen : null
      },
      60_000,
    )
    if (outcome && outcome !== 'succeeded') throw new Error(`the first release ${release.id} ended ${outcome}: ${reason?.detail}`)
    if (outcome) return
    await release.ask('promote')
    // The next environment, or the end.
    await until(
      `${release.id} beyond ${environment}`,
      async () => {
        const seen = await release.read()
        return seen.outcome || seen.environment !== environment
      },
      60_000,
    )
  }
}
