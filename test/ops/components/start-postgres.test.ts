/**
 * Holdfast's own PostgreSQL: it starts fast, keeps its data, is found after every kind of end, and is never confused with another server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../adapters/postgres/database/database.ts'
import { isProblem } from '../../../domain/problem.ts'
import { postgres } from '../../../ops/components/postgres.ts'
import type { RunningPostgres } from '../../../ops/components/start-postgres.ts'
import { startPostgres } from '../../../ops/components/start-postgres.ts'
import { until } from '../../stack/until.ts'
import { failureWhileStill } from './standing-still.ts'

describe('PostgreSQL of our own', () => {
  it('keeps its rows through an orderly stop and a kill -9 of the server', async () => {
    await using scratch = await createScratch()
    const first = await scratch.start()
    await ask(first.url, 'create table kept (n int)')
    await first.stop()
    const second = await scratch.start()
    await ask(second.url, 'insert into kept values (1)')
    process.kill(second.child.pid, 'SIGKILL')
    await second.child.exited
    const third = await scratch.start()
    expect(await ask(third.url, 'select n from kept')).to.deep.equal([{ n: 1 }])
  })

  it('does not answer while it is halted, so its supervisor ends it', async function () {
    this.timeout(60_000)
    await using scratch = await createScratch()
    expect(await failureWhileStill(await scratch.start())).to.be.instanceOf(Error)
  })

  it('ends the server that a killed starter left, and takes its data over', async () => {
    await using scratch = await createScratch()
    const left = await scratch.start()
    await ask(left.url, 'create table kept (n int)')
    const next = await scratch.start()
    expect(await left.child.exited).to.be.a('string')
    expect(await ask(next.url, 'select n from kept')).to.deep.equal([])
  })

  it('starts although another process has the pid of a server that ended', async () => {
    await using scratch = await createScratch()
    const first = await scratch.start()
    process.kill(first.child.pid, 'SIGKILL')
    await first.child.exited
    const stranger = spawn('sleep', ['300'])
    await writeFile(join(scratch.folder, 'data', 'postmaster.pid'), `${stranger.pid}\n`)
    const next = await scratch.start()
    expect([await ask(next.url, 'select 1 as one'), stranger.exitCode]).to.deep.equal([[{ one: 1 }], null])
    stranger.kill()
  })

  it('ends a server on its data whose pid file was lost', async () => {
    await using scratch = await createScratch()
    const left = await scratch.start()
    await rm(join(scratch.folder, 'postgres.pid'))
    const next = await scratch.start()
    expect([left.child.hasExited(), await ask(next.url, 'select 1 as one')]).to.deep.equal([true, [{ one: 1 }]])
  })

  it('answers only on loopback with a password, which only its owner can read', async () => {
    await using scratch = await createScratch()
    const server = await scratch.start()
    const settings = await ask(
      server.url,
      `select setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories')`,
    )
    expect(settings.map((row) => (row as { setting: string }).setting)).to.have.members(['127.0.0.1', ''])
    const wrong = new URL(server.url)
    wrong.password = 'guessed'
    const refused = await ask(wrong.href, 'select 1').catch((error: unknown) => error)
    expect((refused as { code?: string }).code).to.equal('28P01')
    expect((await stat(join(scratch.folder, 'password'))).mode & 0o077).to.equal(0)
  })

  it('starts when the lock names a zombie process', async () => {
    await using scratch = await createScratch()
    await (await scratch.start()).stop()
    // A parent that never waits for its child, like the first process of many containers.
    const shell = 'exec 3<&0; cat <&3 > /dev/null & echo $!; exec sleep 60'
    const parent = spawn('sh', ['-c', shell], { stdio: ['pipe', 'pipe', 'ignore'] })
    using _gone = { [Symbol.dispose]: () => void parent.kill('SIGKILL') }
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    // A shell would wait for its child. So the child ends only once the parent is no shell any more.
    await until('no shell', async () => (await readFile(`/proc/${parent.pid}/comm`, 'utf8')).trim() === 'sleep')
    parent.stdin.end()
    await until('a dead child', async () => /^State:\s+Z/m.test(await readFile(`/proc/${Number(printed)}/status`, 'utf8')))
    await writeFile(join(scratch.folder, 'data', 'postmaster.pid'), `${Number(printed)}\n${join(scratch.folder, 'data')}\n`)
    expect(await ask((await scratch.start()).url, 'select 1 as one')).to.deep.equal([{ one: 1 }])
  })

  it('refuses data of another major version, and says what to do', async () => {
    await using scratch = await createScratch()
    await (await scratch.start()).stop()
    await writeFile(join(scratch.folder, 'data', 'PG_VERSION'), '15\n')
    const error = await scratch.start().catch((failure: unknown) => failure)
    expect(isProblem(error, 'folder-unusable') && `${error.message} ${error.hint}`).to.match(
      /PostgreSQL 15.*HOLDFAST_POSTGRES_BIN/,
    )
  })

  it('makes a cluster again that was only half made', async () => {
    await using scratch = await createScratch()
    await mkdir(join(scratch.folder, 'data.new'))
    await writeFile(join(scratch.folder, 'data.new', 'PG_VERSION'), '18\n')
    await writeFile(join(scratch.folder, 'password.new'), 'half')
    expect(await ask((await scratch.start()).url, 'select 1 as one')).to.deep.equal([{ one: 1 }])
  })

  it('uses the last stored password when it was killed between data and password', async () => {
    await using scratch = await createScratch()
    await (await scratch.start()).stop()
    await rename(join(scratch.folder, 'password'), join(scratch.folder, 'password.new'))
    expect(await ask((await scratch.start()).url, 'select 1 as one')).to.deep.equal([{ one: 1 }])
  })

  it('refuses a port on which another program listens', async () => {
    await using scratch = await createScratch()
    await using other = await createScratch()
    const { port } = await other.start()
    const error = await scratch.start(port).catch((failure: unknown) => failure)
    expect(isProblem(error, 'port-taken')).to.equal(true)
  })
})

async function ask(url: string, sql: string): Promise<object[]> {
  const database = createDatabase({ url, applicationName: 'test', maxConnections: 1 })
  try {
    return await database.query(sql)
  } finally {
    await database.close()
  }
}

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'))
  const { path } = await postgres.find(process.env, () => {})
  const started: RunningPostgres[] = []
  return {
    folder,
    async start(port?: number): Promise<RunningPostgres> {
      const server = await startPostgres({ binFolder: path, folder, ...(port === undefined ? {} : { port }) })
      started.push(server)
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const server of started) await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
