/** A supervised process is restarted after any end, and when it is halted, until it is stopped. */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../../adapters/free-port.ts'
import type { Child } from '../../../ops/components/process.ts'
import { startTime } from '../../../adapters/process/process-table.ts'
import { startChild } from '../../../ops/components/process.ts'
import { answering } from '../../../ops/up/answering.ts'
import type { Part } from '../../../ops/up/supervise.ts'
import { supervise } from '../../../ops/up/supervise.ts'
import { until } from '../../stack/until.ts'

const quick = { shortestMs: 10, longestMs: 50, healthyMs: 10_000, askEveryMs: 20, answerMs: 1_000, misses: 3 }

describe('a supervised process', () => {
  it('is started again when it is killed, which is reported', async () => {
    await using scratch = await createScratch()
    const [first] = scratch.children
    process.kill(first?.pid ?? 0, 'SIGKILL')
    const second = await scratch.nth(2)
    expect(second.pid).to.not.equal(first?.pid)
    expect(scratch.said.join('\n')).to.include('part ended (ended by SIGKILL); starting it again')
  })

  it('is started again when it is halted and does not answer', async () => {
    await using scratch = await createScratch()
    const [first] = scratch.children
    await scratch.answered()
    process.kill(first?.pid ?? 0, 'SIGSTOP')
    await scratch.nth(2)
    await scratch.answered()
    expect(first?.hasExited()).to.equal(true)
    expect(scratch.said.join('\n')).to.include('part ended (it no longer answered)')
  })

  it('is tried again when a start fails', async () => {
    await using scratch = await createScratch({ failures: 2 })
    process.kill(scratch.children[0]?.pid ?? 0, 'SIGKILL')
    await scratch.nth(2)
    expect(scratch.said.filter((line) => /cannot be started \(no space left\)/.test(line))).to.have.length(2)
  })

  it('is not started again once it is stopped, also in the pause before a start', async () => {
    await using scratch = await createScratch()
    process.kill(scratch.children[0]?.pid ?? 0, 'SIGKILL')
    await until('its end', () => scratch.said.length > 0)
    await scratch.supervised.stop()
    expect(scratch.children.filter((child) => startTime(child.pid) !== '' && !child.hasExited())).to.deep.equal([])
  })

  it('has its pid file and log if they can be written, and otherwise runs without them', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-supervise-'))
    const nowhere = join(folder.path, 'no-such-folder', 'part')
    const child = startChild({ command: 'sleep', args: ['60'], env: process.env, logFile: nowhere, pidFile: nowhere })
    expect([child.pid > 0, child.hasExited()]).to.deep.equal([true, false])
    await child.stop(0)
  })
})

/** A server that counts its answers in a file. Its process leads the group, so that a stop reaches all of it. */
const server = `
  require('node:http').createServer((_, response) => response.end()).listen(Number(process.argv[1]), '127.0.0.1')
`

async function createScratch({ failures = 0 } = {}) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hf-supervise-'))
  const port = await freePort()
  const [children, said]: [Child[], string[]] = [[], []]
  /** The pid of the process whose answer has reached its supervisor: one that is halted before that may be a slow start. */
  let answered: number | undefined
  let left = failures
  const part: Part = {
    name: 'part',
    async answers() {
      const asked = children.at(-1)?.pid
      await answering(`http://127.0.0.1:${port}`)
      answered = asked
    },
    async start() {
      if (children.length > 0 && left > 0) {
        left -= 1
        throw new Error('no space left')
      }
      const child = startChild({
        command: process.execPath,
        args: ['-e', server, String(port)],
        env: process.env,
        logFile: join(folder.path, 'part.log'),
      })
      children.push(child)
      return child
    },
  }
  const supervised = await supervise(part, (line) => said.push(line), quick)
  return {
    children,
    said,
    supervised,
    nth: (number: number) => until(`start ${number}`, () => children[number - 1]),
    /** Resolves once the newest process has answered its supervisor. */
    answered: () => until('an answer', () => answered !== undefined && answered === children.at(-1)?.pid),
    async [Symbol.asyncDispose]() {
      await supervised.stop(1_000)
      await folder.remove()
    },
  }
}
