import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../ops/components/process.ts'
import { leftIn, npmStart } from '../stack/npm-start.ts'
import { createRunFolder } from '../stack/run-folder.ts'

const withoutDemo = { args: ['--no-demo'] }

describe('npm start', function () {
  this.timeout(400_000)

  it('promotes a good release within 90 s and takes a bad one back within 150 s of the first being stable', async () => {
    const folder = await createRunFolder('start')
    await using stack = npmStart(folder, await freePort())
    const upMs = await stack.seen(/Holdfast is up/, 90_000)
    const stableMs = await stack.seen(/demo 1\.1\.0/, 60_000)
    const promotedMs = await stack.seen(/demo 1\.2\.0/, 120_000)
    const backMs = await stack.seen(/rolled-back/, 120_000)
    expect(stack.lines.filter((line) => line.includes('■ succeeded')).length, 'promoted releases').to.equal(2)
    expect(promotedMs - stableMs, 'the good release').to.be.below(90_000)
    expect(backMs - stableMs, 'the bad release').to.be.below(150_000)
    console.log(`        up ${upMs} ms; from 1.0.0 stable: promoted ${promotedMs - stableMs} ms, back ${backMs - stableMs} ms`)
    expect(await stack.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })

  it('is up again in 15 s, also over what a kill -9 of the starter left', async () => {
    const folder = await createRunFolder('start')
    const port = await freePort()
    const first = npmStart(folder, port, withoutDemo)
    await first.seen(/Holdfast is up/, 90_000)
    process.kill(-first.pid, 'SIGKILL')
    await first.exited
    expect(leftIn(folder), 'what the kill left').to.not.deep.equal([])
    await using second = npmStart(folder, port, withoutDemo)
    expect(await second.seen(/Holdfast is up/, 60_000)).to.be.below(15_000)
    expect(await second.interrupt()).to.equal(0)
    expect(leftIn(folder)).to.deep.equal([])
  })
})
