import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startChild } from '../../../ops/components/process.ts'
import { boundLogs } from '../../../ops/up/bounded-logs.ts'
import { leaveOut } from '../../left-out.ts'
import { mountSmallDisk } from '../../stack/small-disk.ts'
import { until } from '../../stack/until.ts'

const bounds = { mostBytes: 64 << 10, keepMs: 3_600_000, everyMs: 20 }

describe('the logs of the stack', () => {
  it('stay within their bounds under a process that writes all the time, and keep the newest lines', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-logs-'))
    const logFile = join(folder.path, 'part.log')
    const script = 'i=0; while :; do i=$((i+1)); echo "line $i of a process that has much to say"; done'
    const child = startChild({ command: '/bin/sh', args: ['-c', script], env: process.env, logFile })
    const end = boundLogs([folder.path], bounds)
    await until('three times moved', () => existsSync(`${logFile}.1`) && /line \d{5,} /.test(readFileSync(logFile, 'utf8')))
    end()
    await child.stop(0)
    boundLogs([folder.path], bounds)()
    expect(statSync(logFile).size).to.be.below(bounds.mostBytes)
    expect(readFileSync(`${logFile}.1`, 'utf8')).to.match(/line \d+ of a process that has much to say/)
    // The process appends, so there is no hole of zeros at its old position.
    expect(readFileSync(logFile, 'utf8')).to.not.include('\0')
  })

  it('drop a previous log that is too old', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-logs-'))
    const before = join(folder.path, 'part.log.1')
    writeFileSync(join(folder.path, 'part.log'), '')
    writeFileSync(before, 'old')
    boundLogs([folder.path], bounds)()
    expect(existsSync(before)).to.equal(true)
    utimesSync(before, new Date(0), new Date(0))
    boundLogs([folder.path], bounds)()
    expect(existsSync(before)).to.equal(false)
  })

  it('make room on a full disk, even if no copy can be kept', function () {
    using disk = mountSmallDisk('160k')
    if (!disk) return leaveOut(this, 'no filesystem can be mounted here')
    const log = join(disk.folder, 'part.log')
    writeFileSync(log, Buffer.alloc(2 * bounds.mostBytes + 1, 'x'))
    boundLogs([disk.folder], bounds)()
    expect(statSync(log).size).to.equal(0)
  })
})
