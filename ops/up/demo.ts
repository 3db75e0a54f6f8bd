/** The demo: constant traffic, and on a first start three releases: a first version, a good canary and a bad one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../cli/client.ts'
import { createDemoArtifact, demoService, demoSwitchFile } from '../../cli/demo.ts'
import type { DemoBehaviour } from '../../cli/demo.ts'
import { followEvents, isFinal } from '../../cli/event-stream.ts'
import { ReleaseAnswer, StartedAnswer, listOf, read } from '../../cli/api-answers.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { openLoop } from '../../cli/traffic/load.ts'

export interface DemoOptions {
  readonly client: Client
  /** Folder of the stack's state. */
  readonly home: string
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

export const demoRps = 200

const firstReleases: readonly (readonly [version: string, behaviour: DemoBehaviour, what: string])[] = [
  ['1.0.0', { mode: 'healthy' }, 'the first version: it has nothing to be compared with and becomes stable'],
  ['1.1.0', { mode: 'healthy' }, 'a good version, released as a canary'],
  ['1.2.0', { mode: 'errors', rate: 0.05 }, 'a bad version: 5 % of its answers are errors'],
]

/** The demo's declaration: an ordinary one, with bakes of seconds. */
export const demoDeclaration = (home: string) => ({
  kind: 'Service',
  name: demoService,
  owners: ['you'],
  environments: [
    {
      name: 'production',
      target: {
        kind: 'local',
        command: ['node', 'server.mjs'],
        env: { DEMO_SWITCH: demoSwitchFile(home) },
        replicas: 2,
        drain: '5s',
        grace: '2s',
      },
      traffic: { kind: 'local', timeout: '2s' },
      strategy: {
        kind: 'canary',
        steps: [{ weight: 20 }, { weight: 50 }],
        bake: { min: '5s', max: '2m' },
        progressDeadline: '30s',
        scaleDownDelay: '2s',
      },
      smoke: [{ path: '/', status: 200, within: '2s' }],
      analysis: { warmUp: '2s' },
      watch: '10s',
    },
  ],
})

/** Runs until `signal`. When the API is away, it waits and then continues. @throws ApiProblem when the API refuses for good */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { terminal, signal } = options
  while (!signal.aborted) {
    const trying = new AbortController()
    try {
      return await bringAllOut({ ...options, signal: AbortSignal.any([signal, trying.signal]) })
    } catch (error) {
      trying.abort()
      if (signal.aborted) return
      if (isFinal(error)) throw error
      terminal.note(`the demo continues once the API answers: ${error instanceof Error ? error.message : String(error)}`)
      await sleep(1_000, undefined, { signal }).catch(() => {})
    }
  }
}

async function bringAllOut(options: DemoOptions): Promise<void> {
  const { client } = options
  await client.call({ method: 'PUT', path: `/v1/services/${demoService}`, body: demoDeclaration(options.home) })
  const { items } = read(
    listOf(ReleaseAnswer),
    (await client.call({ method: 'GET', path: '/v1/releases', query: { service: demoService } })).json,
  )
  const missing = firstReleases.filter(([version]) => !items.some((release) => release.version === version))
  const served = Promise.withResolvers<void>()
  if (items.length > 0) served.resolve()
  // Side by side, so that a failure of either one is seen at once.
  await Promise.all([served.promise.then(() => sendTraffic(options)), releaseMissing(options, missing, served.resolve)])
}

async function releaseMissing(options: DemoOptions, missing: typeof firstReleases, served: () => void): Promise<void> {
  const { signal, terminal } = options
  try {
    for (const release of missing) {
      if (signal.aborted) return
      await releaseToEnd(options, ...release)
      served()
    }
    if (!signal.aborted)
      terminal.line("\nyour turn: 'holdfast demo good', 'bad', then 'break' while a canary is out; Ctrl-C ends the stack\n")
  } finally {
    served()
  }
}

/** Resolves once the release has ended, with any outcome. */
async function releaseToEnd({ client, home, signal }: DemoOptions, version: string, behaviour: DemoBehaviour, what: string) {
  const path = await createDemoArtifact(home, version, behaviour)
  const body = { version, artifact: { path }, note: what }
  const { id } = read(
    StartedAnswer,
    (await client.call({ method: 'POST', path: `/v1/services/${demoService}/releases`, body })).json,
  )
  const isOver = async () =>
    read(ReleaseAnswer, (await client.call({ method: 'GET', path: `/v1/releases/${id}` })).json).outcome !== null
  await Array.fromAsync(followEvents(client, { path: `/v1/releases/${id}/events`, signal, isOver }))
}

/** Sends requests at a fixed rate (open loop) through the service's proxy, until the stack ends. */
async function sendTraffic(options: DemoOptions): Promise<void> {
  const { terminal, signal } = options
  const url = await usersUrl(options)
  if (url === null) return
  terminal.line(`  ${terminal.paint('dim', `${demoRps} requests a second to ${url}`)}`)
  await openLoop({ url, rps: demoRps, forMs: Number.POSITIVE_INFINITY, signal, maxSockets: 64, timeoutMs: 5_000 })
}

/**
 * Where users reach the service; null once the demo ends. A runtime that has just been started may not answer yet: then the API knows no
 * address, and without requests a canary would wait for its evidence until it is held.
 */
async function usersUrl({ client, signal }: DemoOptions): Promise<string | null> {
  while (!signal.aborted) {
    const environment = (await client.call({ method: 'GET', path: `/v1/services/${demoService}/environments/production` })).json
    const url = (environment as { traffic: { url?: string } | null }).traffic?.url
    if (url) return url
    await sleep(1_000, undefined, { signal }).catch(() => {})
  }
  return null
}
