/** Kills everything at one instant, like a power cut. The releases in flight continue to the end that they would have had. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { baking, outcomeOf, weightsOf } from '../stack/demo-releases.ts'
import { npmStart } from '../stack/npm-start.ts'
import { cutPower } from '../stack/power-cut.ts'
import { createRunFolder } from '../stack/run-folder.ts'

describe('a power cut during a canary', function () {
  this.timeout(400_000)

  it('loses nothing: the good release is promoted and the bad one is reverted, as without the power cut', async () => {
    const folder = await createRunFolder('power')
    const port = await freePort()
    {
      await using stack = npmStart(folder, port)
      await stack.seen(/demo 1\.1\.0/, 120_000)
      await baking(stack, '1.1.0')
      expect(await cutPower(folder), 'processes that died').to.be.greaterThan(10)
    }
    {
      await using stack = npmStart(folder, port)
      await stack.seen(/Holdfast is up/, 60_000)
      // The demo continues with its next release, the bad one.
      await baking(stack, '1.2.0')
      expect(await outcomeOf(stack, '1.1.0')).to.equal('succeeded')
      await cutPower(folder)
    }
    await using stack = npmStart(folder, port)
    await stack.seen(/Holdfast is up/, 60_000)
    expect(await outcomeOf(stack, '1.2.0')).to.equal('rolled-back')
    expect(await weightsOf(stack)).to.deep.equal({ '1.1.0': 100 })
  })
})
