import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { isProblem } from '../../../domain/problem.ts'
import { startTime } from '../../../adapters/process/process-table.ts'
import { startChild } from '../../../ops/components/process.ts'
import { runtimeSocketOf, settleLeftRuntime } from '../../../ops/up/left-runtime.ts'
import { startOtherRuntime } from '../../stack/other-runtime.ts'

/** A data folder, removed at the end, with the lines that the start printed. */
function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'hf-left-'))
  const home = { folder, sockets: folder }
  const said: string[] = []
  return {
    home,
    said,
    pidFile: join(folder, 'runtime.pid'),
    settle: (answersWithinMs = 100_000) =>
      settleLeftRuntime({ home, say: (line) => said.push(line), graceMs: 60_000, answersWithinMs }).catch(
        (error: unknown) => error,
      ),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

describe('a runtime that an earlier stack left running', function () {
  this.timeout(180_000)

  it('refuses the start where it speaks another protocol and may have services, and runs on', async () => {
    using folder = openFolder()
    const { home, pidFile } = folder
    const socket = runtimeSocketOf(home)
    // This version does not say how many services it has.
    await using other = await startOtherRuntime('from before there was a number', { folder: home.folder, socket, pidFile })
    const refused = await folder.settle()
    expect(isProblem(refused, 'already-in-flight') && refused.message).to.include(`(process ${other.child.pid})`)
    expect(refused)
      .to.have.property('hint')
      .that.matches(
        /^run the older version, which takes it over, or begin with another data folder \(HOLDFAST_HOME\), because this version cannot read its data; until then its services run on, and nothing was changed$/,
      )
    expect(startTime(other.child.pid)).not.to.equal('')
  })

  it('is ended where it speaks another protocol and has no service', async () => {
    using folder = openFolder()
    const { home, pidFile } = folder
    await using other = await startOtherRuntime('of the next protocol', {
      folder: home.folder,
      socket: runtimeSocketOf(home),
      pidFile,
    })
    expect(await folder.settle()).to.equal(undefined)
    expect(await other.child.exited).to.equal('exit code 0')
    expect(folder.said).to.have.length(1)
    expect(folder.said[0]).to.match(
      /^a runtime that was left running is ended and had no service: it speaks protocol \d+, and this version/,
    )
  })

  it('is taken over where it says nothing in time, and the start says so', async () => {
    using folder = openFolder()
    const { home, pidFile } = folder
    await using other = await startOtherRuntime('of the next protocol', {
      folder: home.folder,
      socket: runtimeSocketOf(home),
      pidFile,
    })
    const { pid } = other.child
    process.kill(pid, 'SIGSTOP')
    try {
      expect(await folder.settle(200)).to.equal(undefined)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    expect(folder.said).to.deep.equal([
      `the local runtime (process ${pid}) that was left running says nothing within 0.2 s: it is taken over unasked`,
    ])
    expect(startTime(pid)).not.to.equal('')
  })

  it('is taken over without a word where nothing listens at its socket', async () => {
    using folder = openFolder()
    const { home, pidFile } = folder
    mkdirSync(join(home.folder, 'runtime'))
    const child = startChild({ command: 'sleep', args: ['600'], env: {}, logFile: join(home.folder, 'log'), pidFile })
    try {
      expect([await folder.settle(), folder.said]).to.deep.equal([undefined, []])
      expect(child.hasExited()).to.equal(false)
    } finally {
      await child.stop(60_000)
    }
  })
})
