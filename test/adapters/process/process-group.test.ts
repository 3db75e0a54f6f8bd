import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../../adapters/free-port.ts'
import { endGroup, endLeftGroup } from '../../../adapters/process/process-group.ts'
import { membersOf, startTime } from '../../../adapters/process/process-table.ts'
import { until } from '../../stack/until.ts'

const idle = "setInterval(() => {}, 1e6); console.log('ready')"
const deaf = `process.on('SIGTERM', () => {}); ${idle}`
/** A program that starts a child in its own group, which it leads. */
const parentOf = (child: string, then = idle) =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); ${then}`

interface Group {
  readonly leader: ChildProcess
  readonly pid: number
  readonly port: number
}

/** Resolves when `members` processes of the group have printed that they are ready. */
async function started(program: string, members: number): Promise<Group & AsyncDisposable> {
  const port = await freePort()
  const env = { PATH: process.env['PATH'], PORT: String(port), HOST: '127.0.0.1' }
  const leader = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env })
  let output = ''
  leader.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const pid = leader.pid ?? 0
  await until(`${members} processes`, () => output.split('ready').length > members)
  return { leader, pid, port, [Symbol.asyncDispose]: () => endGroup(pid, 0) }
}

describe('a process group', function () {
  this.timeout(20_000)

  it('is ended with all of its processes; those that ignore SIGTERM end after the grace', async () => {
    await using group = await started(parentOf(deaf), 2)
    const before = Date.now()
    await endGroup(group.pid, 300)
    expect(membersOf(group.pid)).to.deep.equal([])
    expect(Date.now() - before).to.be.at.least(300)
  })

  it('gets its whole grace, and is not killed when it ends in time', async () => {
    await using group = await started(`process.on('SIGTERM', () => setTimeout(() => process.exit(7), 200)); ${idle}`, 1)
    const exit = once(group.leader, 'exit')
    await endGroup(group.pid, 10_000)
    expect(await exit).to.deep.equal([7, null])
  })

  it('of an earlier run is ended when pid and start time match', async () => {
    await using group = await started(parentOf(deaf), 2)
    await endLeftGroup({ pid: group.pid, startedAt: startTime(group.pid), port: group.port }, 0)
    expect(membersOf(group.pid)).to.deep.equal([])
  })

  it('of another program is left alone, even with the same pid', async () => {
    await using group = await started(idle, 1)
    await endLeftGroup({ pid: group.pid, startedAt: '1', port: group.port }, 0)
    await endLeftGroup({ pid: group.pid, startedAt: '', port: group.port + 1 }, 0)
    await endLeftGroup({ pid: 0, startedAt: '', port: group.port + 1 }, 0)
    expect(membersOf(group.pid)).to.deep.equal([group.pid])
  })

  it('is found by its port when its pid was never recorded, or its leader has ended', async () => {
    await using unknown = await started(idle, 1)
    await endLeftGroup({ pid: 0, startedAt: '', port: unknown.port }, 0)
    expect(membersOf(unknown.pid)).to.deep.equal([])
    await using orphans = await started(parentOf(deaf), 2)
    const startedAt = startTime(orphans.pid)
    const exit = once(orphans.leader, 'exit')
    orphans.leader.kill('SIGKILL')
    await exit
    expect(membersOf(orphans.pid).length).to.equal(1)
    await endLeftGroup({ pid: orphans.pid, startedAt, port: orphans.port }, 0)
    expect(membersOf(orphans.pid)).to.deep.equal([])
  })
})
