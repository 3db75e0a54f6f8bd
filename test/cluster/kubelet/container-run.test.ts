/** What runs beside a container's first process: hooks and probes by a command. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTime } from '../../../adapters/process/process-table.ts'
import { leaveOut } from '../../left-out.ts'
import { until } from '../../stack/until.ts'
import { runContainer } from './container-run.ts'
import { podOf } from './driven-pod.ts'

const aMinuteMs = 60_000

describe('a command beside a container', () => {
  before(function () {
    if (spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status !== 0) leaveOut(this, 'no setpriv (util-linux) here')
  })

  const started = (folder: string, command: readonly string[]) =>
    runContainer({
      pod: podOf(),
      spec: { name: 'app' },
      podId: 'pod',
      restarts: 0,
      image: { command },
      variables: {},
      network: undefined,
      folder,
      pids: folder,
      memory: { isEnforced: false, make: () => undefined },
    })

  it('has ended with all that it started when the container has', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-beside-'))
    const run = await started(folder.path, ['sleep', '600'])
    const pids = join(folder.path, 'hook-pids')
    const hook = run.exec(['sh', '-c', `sleep 600 & echo $$ $! > ${pids}; wait`], aMinuteMs)
    await until('the hook runs', async () => (await readFile(pids, 'utf8').catch(() => '')).endsWith('\n'))
    const own = (await readFile(pids, 'utf8')).trim().split(' ').map(Number)
    expect(own.map((pid) => startTime(pid))).to.not.include('')
    run.process.signal('SIGKILL')
    await run.process.exited
    // The leader has been waited for. The kernel may take another moment to end the other one.
    expect(startTime(own[0] ?? 0)).to.equal('')
    await until('the end of what the hook started', () => startTime(own[1] ?? 0) === '')
    expect(await hook).to.deep.equal({ isWell: false, message: 'the container has ended' })
    expect(await run.exec(['true'], aMinuteMs)).to.deep.equal({ isWell: false, message: 'the container has ended' })
  })

  it('that begins while the container ends has ended too', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hf-beside-'))
    const run = await started(folder.path, ['sleep', '600'])
    run.process.signal('SIGKILL')
    const late = run.exec(['sleep', '600'], aMinuteMs)
    await run.process.exited
    expect(await late).to.include({ isWell: false })
  })
})
