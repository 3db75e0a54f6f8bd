import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { postgres } from '../../ops/components/postgres.ts'
import { startPostgres } from '../../ops/components/start-postgres.ts'
import { startTemporal } from '../../ops/components/start-temporal.ts'
import { temporal } from '../../ops/components/temporal.ts'
import { migrate } from '../../ops/migrate.ts'
import type { Rig } from '../stack/rig.ts'
import { startRig } from '../stack/rig.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import type { Canary } from './canary.ts'
import { allOver, expectHome, startCanary } from './canary.ts'
import { expectOrderedEffects, expectWholeEvents } from './effects.ts'

const portOf = (address: string): number => Number(new URL(address.includes('://') ? address : `tcp://${address}`).port)

async function expectPromoted(rig: Rig, { service, release }: Canary): Promise<void> {
  expect(await rig.outcome(release)).to.equal('succeeded')
  await allOver(rig, service)
  await expectHome(rig, service, '1.1.0')
  await expectOrderedEffects(rig, service)
  await expectWholeEvents(rig, release)
}

describe('a canary while a server is away', function () {
  this.timeout(150_000)

  it('is promoted after PostgreSQL was away for 20 s, and no user noticed', async () => {
    const folder = await createRunFolder('postgres-away')
    const { path: binFolder } = await postgres.find(process.env, () => {})
    await using servers = new AsyncDisposableStack()
    let server = await startPostgres({ binFolder, folder })
    servers.defer(() => server.stop())
    await migrate(server.url)
    const rig = servers.use(await startRig({ databaseUrl: server.url }))
    const canary = servers.use(await startCanary(rig, 'away-postgres', { bakeMs: 6_000 }))
    await server.stop()
    await pause(20_000)
    server = await startPostgres({ binFolder, folder, port: server.port })
    await expectPromoted(rig, canary)
    expect((await canary.users()).failures).to.equal(0)
  })

  it('is promoted after a restart of Temporal, and no user noticed', async () => {
    const folder = await createRunFolder('temporal-away')
    const { path } = await temporal.find(process.env, () => {})
    await using servers = new AsyncDisposableStack()
    let server = await startTemporal({ path, folder })
    servers.defer(() => server.stop())
    const rig = servers.use(await startRig({ temporalAddress: server.address }))
    const canary = servers.use(await startCanary(rig, 'away-temporal', { bakeMs: 6_000 }))
    process.kill(server.child.pid, 'SIGKILL')
    await server.child.exited
    await pause(5_000)
    server = await startTemporal({ path, folder, port: portOf(server.address) })
    await expectPromoted(rig, canary)
    expect((await canary.users()).failures).to.equal(0)
  })
})
