/** Holdfast's own Temporal dev server: it has our search attributes and keeps histories through every kind of end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import type { RunningTemporal } from '../../../ops/components/start-temporal.ts'
import { startTemporal } from '../../../ops/components/start-temporal.ts'
import { temporal } from '../../../ops/components/temporal.ts'
import { failureWhileStill } from './standing-still.ts'

describe("Temporal's dev server of our own", function () {
  this.timeout(60_000)

  it('keeps a workflow through an orderly stop, a kill -9 of the server, and one of its starter', async () => {
    await using scratch = await createScratch()
    const first = await scratch.start()
    await withClient(first, async (client) => {
      const options = { workflowId: 'kept', taskQueue: 'nobody', searchAttributes: { Service: ['shop'], Kind: ['release'] } }
      await client.workflow.start('release', options)
    })
    await first.stop()
    const second = await scratch.start()
    process.kill(second.child.pid, 'SIGKILL')
    await second.child.exited
    const left = await scratch.start()
    const last = await scratch.start()
    expect(left.child.hasExited()).to.equal(true)
    const { status, searchAttributes } = await withClient(last, (client) => client.workflow.getHandle('kept').describe())
    expect([status.name, searchAttributes['Service']]).to.deep.equal(['RUNNING', ['shop']])
  })

  it('does not answer while it is halted, so its supervisor ends it', async () => {
    await using scratch = await createScratch()
    expect(await failureWhileStill(await scratch.start())).to.be.instanceOf(Error)
  })

  it('hands out one task after the other at once: by default it counts them, twenty at first and twenty a second from then on', async () => {
    await using scratch = await createScratch()
    const startedAtMs = await withClient(await scratch.start(), (client) => takeTasks(client, 80))
    const gapsMs = startedAtMs.slice(41).map((at, n) => at - (startedAtMs[40 + n] ?? 0))
    // A loaded machine makes many of them longer. If they were counted, each would be 50 ms.
    expect(Math.min(...gapsMs), `ms between tasks: ${gapsMs.join(', ')}`).to.be.below(40)
  })

  it('refuses a port on which another program listens', async () => {
    await using scratch = await createScratch()
    await using other = await createScratch()
    const { address } = await other.start()
    const error = await scratch.start(Number(address.split(':')[1])).catch((failure: unknown) => failure)
    expect(isProblem(error, 'port-taken')).to.equal(true)
  })
})

/** When Temporal handed out each of `count` tasks of one workflow, to a worker that waits for them. */
async function takeTasks({ connection, workflow }: Client, count: number): Promise<readonly number[]> {
  const asked = { namespace: 'default', identity: 'test', taskQueue: { name: 'quick' } }
  const poll = () => connection.withDeadline(Date.now() + 30_000, () => connection.workflowService.pollWorkflowTaskQueue(asked))
  let polled = poll()
  const handle = await workflow.start('release', { workflowId: 'quick', taskQueue: asked.taskQueue.name })
  const startedAtMs: number[] = []
  while (startedAtMs.length < count) {
    const { taskToken, startedTime } = await polled
    startedAtMs.push(tsToMs(startedTime))
    if (startedAtMs.length < count) polled = poll()
    await connection.workflowService.respondWorkflowTaskCompleted({ ...asked, taskToken })
    await handle.signal('next')
  }
  return startedAtMs
}

async function withClient<T>({ address }: RunningTemporal, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address })
  try {
    return await work(new Client({ connection }))
  } finally {
    await connection.close()
  }
}

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-temporal-'))
  const { path } = await temporal.find(process.env, () => {})
  const started: RunningTemporal[] = []
  return {
    async start(port?: number): Promise<RunningTemporal> {
      const server = await startTemporal({ path, folder, ...(port === undefined ? {} : { port }) })
      started.push(server)
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const server of started) await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
