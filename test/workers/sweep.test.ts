import { expect } from 'chai'
import { describe, it } from 'mocha'
import { Client, Connection } from '@temporalio/client'
import { createExecutions } from '../../adapters/temporal/executions.ts'
import { createStarting } from '../../adapters/temporal/starting.ts'
import type { Sweeping } from '../../workers/sweep.ts'
import { sweep } from '../../workers/sweep.ts'
import { openQueue } from '../stack/queue.ts'
import { testTemporal } from '../stack/temporal.ts'

describe('a slow sweep', function () {
  this.timeout(60_000)

  it('holds no transaction open, and prevents other sweeps until it ends', async () => {
    await using queue = await openQueue()
    const connection = await Connection.connect({ address: (await testTemporal()).address })
    const client = new Client({ connection })
    const failures: string[] = []
    const started: string[] = []
    const sweeping = (name: string, meanwhile: () => Promise<void>): Sweeping => ({
      db: queue.db,
      queueKinds: {},
      sweptKinds: {},
      executions: createExecutions(client),
      starting: {
        ...createStarting(queue.db, client),
        async startUnstarted() {
          started.push(name)
          await meanwhile()
        },
      },
      log: (error, what) => failures.push(`${what}: ${String(error)}`),
    })
    const sessions = () =>
      queue.db.query(
        `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state like '%in transaction%'`,
      )
    await sweep(
      sweeping('slow', async () => {
        expect(await sessions()).to.deep.equal([])
        await sweep(sweeping('second', async () => {}))
      }),
    )
    expect([started, failures]).to.deep.equal([['slow'], []])
    await sweep(sweeping('next', async () => {}))
    expect(started).to.deep.equal(['slow', 'next'])
    await connection.close()
  })
})
