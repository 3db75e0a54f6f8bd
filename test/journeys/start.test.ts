import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { leftIn, npmStart } from '../stack/npm-start.ts'
import { createRunFolder } from '../stack/run-folder.ts'

const withoutDemo = { args: ['--no-demo'] }

/** Runs in its own network namespace, which has only loopback. */
const loopbackOnly = ['unshare', '--user', '--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']

describe('npm start', function () {
  this.timeout(400_000)

  it('is up again in 15 s, also over what a kill -9 of the starter left', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    const first = npmStart(folder, port, withoutDemo)
    await first.seen(/Holdfast is up/, 90_000)
    process.kill(-first.pid, 'SIGKILL')
    await first.exited
    expect(leftIn(folder), 'what the kill left').to.not.deep.equal([])
    const uiPort = await freePort()
    await using second = npmStart(folder, port, { ...withoutDemo, env: { HOLDFAST_TEMPORAL_UI_PORT: String(uiPort) } })
    expect(await second.seen(/Holdfast is up/, 60_000)).to.be.below(15_000)
    expect(second.lines.find((line) => /Temporal/.test(line))).to.match(new RegExp(`http://127\\.0\\.0\\.1:${uiPort}$`))
    for (const part of ['temporal', 'postgres'])
      expect(second.lines.filter((line) => line.startsWith(`${part}: /`))).to.have.length(1)
    expect(await second.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })

  it('starts with an empty home when its state was removed while services of a killed starter were running', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    const first = npmStart(folder, port)
    await first.seen(/demo 1\.0\.0/, 120_000)
    process.kill(-first.pid, 'SIGKILL')
    await first.exited
    rmSync(join(folder, 'home'), { recursive: true })
    const second = npmStart(folder, port)
    await second.seen(/runtime that was left running is ended/, 120_000)
    await second.seen(/demo 1\.1\.0/, 120_000)
    expect(await second.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })

  it('needs no network once it has been up', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    {
      await using first = npmStart(folder, port, withoutDemo)
      await first.seen(/Holdfast is up/, 90_000)
    }
    await using second = npmStart(folder, port, { ...withoutDemo, under: loopbackOnly })
    expect(await second.seen(/Holdfast is up/, 60_000)).to.be.below(15_000)
  })

  it('ends on Ctrl-C also before it is up', async () => {
    const folder = await createRunFolder('start')
    await using stack = npmStart(folder, await freePort(), withoutDemo)
    await stack.seen(/^postgres: /, 60_000)
    expect(await Promise.race([stack.interrupt(), sleep(30_000, 'runs on')])).to.equal(130)
    expect(stack.lines.join('\n')).to.include('interrupted').and.not.include('Holdfast is up')
    expect(leftIn(folder)).to.deep.equal([])
  })
})
