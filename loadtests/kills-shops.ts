/** The two services of `kills`, each with its users. The releases of one are good; those of the other turn bad on command. */
import { setTimeout as pause } from 'node:timers/promises'
import { ReleaseAnswer, StartedAnswer, read } from '../cli/api-answers.ts'
import type { Answer as LoadAnswer } from '../cli/traffic/load.ts'
import { demoArtifact } from '../test/stack/demo-artifact.ts'
import { createDemoSwitch } from '../test/stack/demo-switch.ts'
import { until } from '../test/stack/until.ts'
import { letUsersIn } from '../test/stack/users.ts'
import type { KillsStack } from './kills-stack.ts'

export interface KillsShops extends AsyncDisposable {
  /** Releases `version` of both services and resolves once both bake. */
  start(version: string): Promise<Canary>
}

export interface Canary {
  readonly badRevision: string
  /** From now on, every fourth answer of the bad version fails. */
  turnBad(): void
  /** Resolves once the bad version gets no traffic, with the milliseconds since `sinceMs`. */
  withoutBad(sinceMs: number): Promise<number>
  /** Resolves once both releases have ended and no process of a removed version runs. */
  end(): Promise<Ending>
}

interface Ending {
  readonly good: string
  readonly bad: string
  readonly failed: readonly [good: number, stable: number]
  readonly requests: number
  readonly broken: readonly string[]
}

const rps = 40
const environment = {
  name: 'production',
  traffic: { kind: 'local', timeout: '3s' },
  strategy: {
    ...{ kind: 'canary', steps: [{ weight: 50 }], bake: { min: '3s', max: '3m' } },
    ...{ progressDeadline: '60s', scaleDownDelay: '0s' },
  },
  analysis: { warmUp: '0s', look: '500ms' },
  watch: '1s',
}
const [shortMs, longMs] = [60_000, 150_000]

export async function openShops(stack: KillsStack): Promise<KillsShops> {
  const { client } = stack
  const toggle = createDemoSwitch()
  const targetOf = (service: string) => ({
    ...{ kind: 'local', command: [process.execPath, 'server.mjs'], replicas: 1, drain: '2s', grace: '1s' },
    env: service === 'bad' ? { DEMO_SWITCH: toggle.file } : {},
  })
  /** Asks again while a part of the stack is away. */
  const patient = <T>(what: string, look: () => Promise<T | null | false | undefined>, withinMs: number) =>
    until(
      what,
      () =>
        pause(50)
          .then(look)
          .catch(() => null),
      withinMs,
    )
  const get = async (path: string) => (await client.call({ method: 'GET', path })).json
  const release = async (service: string, version: string): Promise<string> => {
    const body = { version, artifact: { path: demoArtifact(version) } }
    return read(StartedAnswer, (await client.call({ method: 'POST', path: `/v1/services/${service}/releases`, body })).json).id
  }
  const see = async (id: string) => read(ReleaseAnswer, await get(`/v1/releases/${encodeURIComponent(id)}`))
  const phase = (id: string, wanted: string) =>
    patient(
      `${id} in ${wanted}`,
      async () => {
        const seen = await see(id)
        return seen.phase === wanted && seen
      },
      shortMs,
    )
  const outcome = (id: string) => patient(`end of ${id}`, async () => (await see(id)).outcome, longMs)
  const at = async (service: string) =>
    (await get(`/v1/services/${service}/environments/production`)) as {
      traffic: { url: string; effective: Record<string, number>; versions: Record<string, string> }
    }
  const answers: Record<string, LoadAnswer[]> = { good: [], bad: [] }
  const users = await Promise.all(
    ['good', 'bad'].map(async (service) => {
      const body = {
        kind: 'Service',
        name: service,
        owners: ['bench'],
        objective: { errors: '10%' },
        environments: [{ ...environment, target: targetOf(service) }],
      }
      await client.call({ method: 'PUT', path: `/v1/services/${service}`, body })
      const first = await outcome(await release(service, '1.0.0'))
      if (first !== 'succeeded') throw new Error(`the first release of ${service} ended ${first}`)
      return letUsersIn((await at(service)).traffic.url, rps, { onAnswer: (answer) => void answers[service]?.push(answer) })
    }),
  )
  let stable = '1.0.0'
  return {
    async start(version) {
      toggle.set(null)
      const ids = await Promise.all(['good', 'bad'].map((service) => release(service, version)))
      const [goodId = '', badId = ''] = ids
      const baking = await Promise.all(ids.map((id) => phase(id, 'baking')))
      for (const all of Object.values(answers)) all.length = 0
      return {
        badRevision: String((baking[1]?.canary as { revision?: string } | null | undefined)?.revision ?? ''),
        turnBad: () => toggle.set({ version, mode: 'errors', rate: 0.25 }),
        withoutBad: (sinceMs) =>
          patient(
            `nobody at the bad ${version}`,
            async () => {
              const { effective, versions } = (await at('bad')).traffic
              return !Object.entries(effective).some(([revision, weight]) => versions[revision] === version && weight > 0)
            },
            longMs,
          ).then(() => Date.now() - sinceMs),
        async end() {
          const [good, bad] = await Promise.all([outcome(goodId), outcome(badId)])
          if (good === 'succeeded') stable = version
          const broken = [
            ...(good === 'succeeded' ? [] : [`the good one ended ${good}: ${(await see(goodId)).reason?.detail}`]),
            ...(bad === 'rolled-back' ? [] : [`the bad one ended ${bad}: ${(await see(badId)).reason?.detail}`]),
          ]
          const home = async (service: string, wanted: string) => {
            const { effective, versions } = (await at(service)).traffic
            return Object.entries(effective).length === 1 && versions[Object.keys(effective)[0] ?? ''] === wanted
          }
          await patient(
            'all traffic at what is stable, and nothing else running',
            async () => (await home('good', stable)) && (await home('bad', '1.0.0')) && stack.running().length === 2,
            shortMs,
          ).catch((error: Error) => void broken.push(`${error.message} (${stack.running().join(', ')})`))
          const failed = (service: string, of: (answer: LoadAnswer) => boolean) =>
            (answers[service] ?? []).filter((answer) => answer.failure !== undefined && of(answer)).length
          return {
            ...{ good, bad, broken, requests: (answers['good']?.length ?? 0) + (answers['bad']?.length ?? 0) },
            failed: [failed('good', () => true), failed('bad', (answer) => answer.version !== version)] as const,
          }
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(users.map((each) => each.report()))
      toggle[Symbol.dispose]()
    },
  }
}
