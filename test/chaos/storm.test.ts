import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import { until } from '../stack/until.ts'
import type { Users } from '../stack/users.ts'
import { letUsersIn } from '../stack/users.ts'
import { allOver, expectHome, lenientService, oneStep } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'
import type { Misfortune } from './storm.ts'
import { createDraw, killWorkers, strike } from './storm.ts'

const seed = 20_260_814
const stormMs = 60_000
const services = Array.from({ length: 6 }, (_, at) => `storm-${at + 1}`)
const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0']
const misfortunes: readonly Misfortune[] = [
  'terminate',
  'cancel',
  'terminate-release',
  'roll-back',
  'terminate',
  'roll-back',
  'cancel',
  'roll-back',
]

describe('a storm of a minute', function () {
  this.timeout(240_000)

  it(`ends every release, leaves one version in every environment, and keeps every effect in order (seed ${seed})`, async () => {
    await using rig = await startRig()
    await using users = new AsyncDisposableStack()
    const releases = await Promise.all(services.map((service) => accept(rig, service)))
    for (const service of services) users.use(await startUsers(rig, service))
    const weather = new AbortController()
    const watched = watchOpenTurns(rig, weather.signal)
    const [killed, met] = await Promise.all([
      killWorkers(rig, createDraw(seed), 14, stormMs),
      strike(rig, createDraw(seed + 1), services, misfortunes, stormMs),
    ])
    expect(killed).to.have.lengthOf(14).and.to.include.members(['control', 'act', 'analysis'])
    expect(met).to.include.members(['terminate', 'cancel', 'terminate-release', 'roll-back'])
    expect(releases.flat()).to.have.lengthOf(24)
    for (const id of releases.flat()) await rig.outcome(id, 120_000)
    for (const service of services) await allOver(rig, service)
    weather.abort()
    expect(await watched, 'looks at the open turns').to.be.greaterThan(100)
    for (const service of services) await expectCalm(rig, service)
    for (const id of releases.flat()) await expectWholeEvents(rig, id)
  })
})

/** Accepts four releases of a service at once, of which three wait for their turns. */
async function accept(rig: Rig, service: string): Promise<readonly string[]> {
  await rig.declare(lenientService(service, oneStep(1_000)))
  const ids: string[] = []
  for (const version of versions) ids.push(await rig.release(service, version))
  return ids
}

/** Starts 30 requests a second, from the first version on. */
async function startUsers({ runtime }: Rig, service: string): Promise<Users> {
  const ref = { service, environment: 'production' }
  const url = await until(`${service} at work`, async () => {
    const seen = await runtime.client.traffic(ref).catch(() => undefined)
    return seen && Object.keys(seen.effective).length > 0 && seen.url
  })
  return letUsersIn(url, 30)
}

/** Checks until `signal` that no environment has two open turns. Resolves with the number of checks. */
async function watchOpenTurns({ db }: Rig, signal: AbortSignal): Promise<number> {
  let looks = 0
  await until(
    'the end of the storm',
    async () => {
      const twice = await db.query(`select resource from turn where state = 'open' group by resource having count(*) > 1`)
      expect(twice).to.deep.equal([])
      looks += 1
      return signal.aborted
    },
    300_000,
  )
  return looks
}

async function expectCalm(rig: Rig, service: string): Promise<void> {
  const [environment] = await rig.db.query<{ version: string }>(
    `select stable->>'version' as version from environment where ref = $1`,
    [`${service}/production`],
  )
  await expectHome(rig, service, environment?.version ?? '')
  await expectOrderedEffects(rig, service)
  const rollbacks = await rig.db.query<{ id: string; outcome: string | null }>(
    'select id, outcome from rollback where service = $1',
    [service],
  )
  for (const { id, outcome } of rollbacks) {
    expect(outcome, id).to.not.equal(null)
  }
}
