/** PostgreSQL and Temporal on a full disk: what was written stays, and they work again once there is room, restarted if they ended. */
import { Client, Connection } from '@temporalio/client'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../adapters/postgres/database/database.ts'
import { postgres } from '../../../ops/components/postgres.ts'
import { startPostgres } from '../../../ops/components/start-postgres.ts'
import { startTemporal } from '../../../ops/components/start-temporal.ts'
import { temporal } from '../../../ops/components/temporal.ts'
import { supervise } from '../../../ops/up/supervise.ts'
import { leaveOut } from '../../left-out.ts'
import { mountSmallDisk } from '../../stack/small-disk.ts'
import { until } from '../../stack/until.ts'

describe('a full disk under the data', function () {
  this.timeout(180_000)

  it('costs PostgreSQL no row that it accepted, and it accepts rows again once there is room', async function () {
    using disk = mountSmallDisk('160m')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const { path } = await postgres.find(process.env, () => {})
    const server = await startPostgres({ binFolder: path, folder: disk.folder })
    const said: string[] = []
    const part = {
      name: 'postgres',
      start: server.again,
      running: server.child,
      answers: server.answers,
      stopSignal: 'SIGINT' as const,
    }
    const kept = await supervise(part, (line) => said.push(line))
    const db = createDatabase({ url: server.url, applicationName: 'test', maxConnections: 2 })
    try {
      await db.query('create table kept (n serial, text text)')
      disk.fill()
      const insert = () =>
        db.query("insert into kept (text) select repeat('x', 8000) from generate_series(1, 50)").then(
          () => true,
          () => false,
        )
      let taken = 0
      await until(
        'a row that is refused',
        async () => {
          const is = await insert()
          if (is) taken += 1
          return !is
        },
        60_000,
      )
      disk.free()
      await until('a row again', insert, 60_000)
      const [{ count } = { count: 0 }] = await db.query<{ count: number }>('select count(*)::int as count from kept')
      expect(count).to.equal((taken + 1) * 50)
      console.log(`        PostgreSQL: ${taken * 50} rows of 8 kB on the full disk; ${said.join('; ') || 'it ran on'}`)
    } finally {
      await db.close()
      await kept.stop()
    }
  })

  it('costs Temporal no workflow that it accepted, and it accepts them again once there is room', async function () {
    using disk = mountSmallDisk('8m')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const { path } = await temporal.find(process.env, () => {})
    const server = await startTemporal({ path, folder: disk.folder })
    const said: string[] = []
    const part = { name: 'temporal', start: server.again, running: server.child, answers: server.answers }
    const kept = await supervise(part, (line) => said.push(line))
    const connection = await Connection.connect({ address: server.address })
    try {
      const { workflow } = new Client({ connection })
      const taken: string[] = []
      const start = async () => {
        const workflowId = `w-${taken.length}`
        const given = { workflowId, taskQueue: 'nobody', args: ['x'.repeat(20_000)] }
        const is = await connection
          .withDeadline(Date.now() + 3_000, () => workflow.start('release', given))
          .then(
            () => true,
            () => false,
          )
        if (is) taken.push(workflowId)
        return is
      }
      await start()
      disk.fill()
      await until('a workflow that is refused', async () => !(await start()), 60_000)
      disk.free()
      // The refused start may have succeeded, so use another name.
      taken.push('in doubt')
      await until('a workflow again', start, 60_000)
      for (const id of taken.filter((each) => each !== 'in doubt'))
        expect((await workflow.getHandle(id).describe()).status.name).to.equal('RUNNING')
      console.log(
        `        Temporal: ${taken.length - 2} workflows, the last ones on the full disk; ${said.join('; ') || 'it ran on'}`,
      )
    } finally {
      await connection.close()
      await kept.stop()
    }
  })
})
