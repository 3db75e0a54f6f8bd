/** Memory groups, on a machine that lets tests make them. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../../stack/until.ts'
import { startTime } from '../../../adapters/process/process-table.ts'
import { leaveOut } from '../../left-out.ts'
import { openMemoryGroups, removeLeftGroups } from './memory-group.ts'
import { startPodProcess } from './pod-process.ts'

const megabyte = 1024 ** 2
const env = { PATH: process.env['PATH'] ?? '' }

describe('the memory groups of a node', () => {
  let dir = ''
  beforeEach(function () {
    if (spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status !== 0) leaveOut(this, 'no setpriv (util-linux) here')
    dir = mkdtempSync(join(tmpdir(), 'hf-memory-'))
    if (!openMemoryGroups(dir).isEnforced) leaveOut(this, 'this machine lets nobody make memory groups')
  })
  afterEach(async () => {
    await removeLeftGroups(dir)
    rmSync(dir, { recursive: true, force: true })
  })

  it('kill a process that needs more than its limit, and say so', async () => {
    const group = openMemoryGroups(dir).make('app', 64 * megabyte)
    const argv = [process.execPath, '-e', `Buffer.alloc(${300 * megabyte}, 1)`]
    const hungry = await startPodProcess(dir, 'app', { argv, env, output: () => undefined, memoryGroup: group?.procs })
    expect(await hungry.exited).to.deep.equal({ exitCode: 137, signal: 9 })
    expect(group?.isOutOfMemory()).to.equal(true)
    group?.remove()
  })

  it('that a killed kubelet left are removed with what runs in them when its cluster ends', async () => {
    const group = openMemoryGroups(dir).make('app', 64 * megabyte)
    const [of, beside] = [{ argv: ['sleep', '600'], env, output: () => undefined }, openMemoryGroups(join(dir, 'other'))]
    const left = await startPodProcess(dir, 'app', { ...of, memoryGroup: group?.procs })
    const others = beside.make('app', 64 * megabyte)
    try {
      await removeLeftGroups(dir)
      expect(existsSync(dirname(group?.procs ?? ''))).to.equal(false)
      await until('its parent has reaped it', () => startTime(left.pid) === '')
      expect(existsSync(others?.procs ?? '')).to.equal(true)
    } finally {
      others?.remove()
    }
  })

  it('are not mounted by a process that shares the table of mounts with its parent', () => {
    const before = readFileSync('/proc/self/mounts', 'utf8')
    // A process without control groups under /sys: here the mount would be needed.
    const opening = `
      const { openMemoryGroups } = await import(${JSON.stringify(import.meta.resolve('./memory-group.ts'))})
      console.log(openMemoryGroups(process.argv[1]).isEnforced, (await import('node:fs')).readFileSync('/proc/self/mounts', 'utf8').includes(process.argv[1]))`
    const node = `"$0" --input-type=module -e "$1" "$2"`
    const shell = (text: string) =>
      spawnSync('unshare', ['--mount', '--', 'sh', '-c', `umount -l /sys/fs/cgroup; ${text}`, process.execPath, opening, dir], {
        encoding: 'utf8',
      })
    // A shell that goes on is the parent that shares its table.
    expect(shell(`${node}; true`).stdout).to.equal('false false\n')
    expect(shell(`exec ${node}`).stdout).to.match(/ true\n$/)
    expect(readFileSync('/proc/self/mounts', 'utf8')).to.equal(before)
  })
})
