/** Child processes are identified by pid and start time, found again, and ended with their whole group. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { listens } from '../../../ops/components/listens.ts'
import type { Child } from '../../../ops/components/process.ts'
import { freePort } from '../../../adapters/free-port.ts'
import { startTime } from '../../../adapters/process/process-table.ts'
import { endLeftover, startChild, untilUp } from '../../../ops/components/process.ts'

describe('a child process', () => {
  it('is ended with its whole group, by SIGKILL if necessary', async () => {
    await using scratch = await createScratch()
    const child = scratch.start(`trap '' TERM; sleep 300 & echo $! > ${scratch.folder}/grandchild; while :; do sleep 1; done`)
    const grandchild = Number(await eventually(() => readFile(join(scratch.folder, 'grandchild'), 'utf8')))
    await child.stop(200)
    expect(await child.exited).to.equal('ended by SIGKILL')
    await eventually(async () => startTime(grandchild) === '' || Promise.reject(new Error('the grandchild lives')))
  })

  it('is ended by the next start when its starter was killed', async () => {
    await using scratch = await createScratch()
    const child = scratch.start('sleep 300')
    expect(await endLeftover(scratch.pidFile)).to.equal(true)
    expect(await child.exited).to.equal('ended by SIGTERM')
  })

  it('is found by its mark when its pid file was lost, in a folder of any name', async () => {
    await using scratch = await createScratch()
    const child = scratch.start('sleep 300')
    await unlink(scratch.pidFile)
    expect(await endLeftover(scratch.pidFile)).to.equal(true)
    expect(await child.exited).to.equal('ended by SIGTERM')
  })

  it('is never confused with another process that got its pid', async () => {
    await using scratch = await createScratch()
    const stranger = spawn('sleep', ['300'], { detached: true })
    await writeFile(scratch.pidFile, JSON.stringify({ pid: stranger.pid, startedAt: '1' }))
    expect(await endLeftover(scratch.pidFile)).to.equal(false)
    expect(stranger.exitCode).to.equal(null)
    stranger.kill('SIGKILL')
  })

  it('that ends before it is up is an error with the last lines of its log', async () => {
    await using scratch = await createScratch()
    const child = scratch.start('echo "no space left" >&2; exit 3')
    const error = await untilUp('The part', child, scratch.logFile, async () => false).catch((failure: unknown) => failure)
    expect(isProblem(error, 'component-missing') && `${error.message}: ${error.hint}`).to.match(/exit code 3.*no space left/)
  })

  it('that is not up in time is ended', async () => {
    await using scratch = await createScratch()
    const child = scratch.start('sleep 300')
    const error = await untilUp('The part', child, scratch.logFile, async () => false, 100).catch((failure: unknown) => failure)
    expect([isProblem(error, 'component-missing'), child.hasExited()]).to.deep.equal([true, true])
  })
})

describe('a port', () => {
  it('belongs to the process that listens on it, and to no other', async () => {
    await using scratch = await createScratch()
    const server = createServer()
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const child = scratch.start('sleep 300')
    expect([listens(process.pid, port), listens(child.pid, port)]).to.deep.equal([true, process.platform !== 'linux'])
    const error = await freePort(port).catch((failure: unknown) => failure)
    expect(isProblem(error, 'port-taken')).to.equal(true)
    server.close()
  })
})

async function createScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-prozeß-'))
  const [pidFile, logFile] = [join(folder, 'child.pid'), join(folder, 'child.log')]
  const started: Child[] = []
  return {
    folder,
    pidFile,
    logFile,
    start(script: string): Child {
      const child = startChild({ command: '/bin/sh', args: ['-c', script], env: process.env, logFile, pidFile })
      started.push(child)
      return child
    },
    async [Symbol.asyncDispose]() {
      for (const child of started) await child.stop(0)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left -= 1) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0) throw error
      await sleep(50)
    }
  }
}
