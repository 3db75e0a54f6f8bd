import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTime } from '../../../adapters/process/process-table.ts'
import { leaveOut } from '../../left-out.ts'
import { until } from '../../stack/until.ts'
import type { Launch } from './pod-process.ts'
import { endLeftPods, startPodProcess } from './pod-process.ts'

const env = { PATH: process.env['PATH'] ?? '' }

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'pod-process-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const run = (pids: string, argv: readonly string[], more: Partial<Launch> = {}) =>
  startPodProcess(pids, 'app', { argv, env, output: () => undefined, ...more })

describe('a process of a pod', () => {
  before(function () {
    if (spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status !== 0) leaveOut(this, 'no setpriv (util-linux) here')
  })

  it('answers with its exit code, or with 128 plus the number of the signal that ended it', async () => {
    await using pids = await folder()
    const ended = await run(pids.path, ['sh', '-c', 'exit 7'])
    expect(await ended.exited).to.deep.equal({ exitCode: 7 })
    const sleeping = await run(pids.path, ['sleep', '600'])
    sleeping.signal('SIGTERM')
    expect(await sleeping.exited).to.deep.equal({ exitCode: 143, signal: 15 })
  })

  it('writes into its log, and ends with every process that it started', async () => {
    await using pids = await folder()
    const log = join(pids.path, 'app.log')
    const app = await run(pids.path, ['sh', '-c', 'sleep 600 & echo $!; exit 0'], { output: log })
    await app.exited
    const child = Number(await readFile(log, 'utf8'))
    await until('the end of what it started', () => startTime(child) === '')
  })

  it('ends when its kubelet is killed, and the next kubelet finds what it started', async () => {
    await using pids = await folder()
    const log = join(pids.path, 'app.log')
    const kubelet = spawn(process.execPath, ['--input-type=module', '-e', killedKubelet], {
      env: { ...env, PIDS: pids.path, LOG: log },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(kubelet.stdout, 'data')
      await until('the pids in the log', async () => (await readFile(log, 'utf8')).includes('\n'))
      const [app = 0, child = 0] = (await readFile(log, 'utf8')).trim().split(' ').map(Number)
      expect([startTime(app), startTime(child)]).to.not.include('')
      kubelet.kill('SIGKILL')
      await until('the end of the app', () => startTime(app) === '')
      expect(startTime(child)).to.not.equal('')
      await endLeftPods(
        pids.path,
        (await readdir(pids.path)).filter((name) => name.endsWith('.json')),
      )
      await until('the end of what it started', () => startTime(child) === '')
    } finally {
      kubelet.kill('SIGKILL')
      await endLeftPods(pids.path, [])
    }
  })
})

/** A kubelet whose app starts a child in a group of its own, which no signal to the app's group reaches. */
const killedKubelet = `
  const { startPodProcess } = await import(${JSON.stringify(import.meta.resolve('./pod-process.ts'))})
  const { PIDS, LOG, PATH } = process.env
  await startPodProcess(PIDS, 'app', { argv: ['sh', '-c', 'setsid sleep 600 & echo $$ $!; wait'], env: { PATH }, output: LOG })
  console.log('up')
  setInterval(() => {}, 1e6)
`
