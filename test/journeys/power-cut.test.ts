/** Everything dies at one instant, as when a machine loses its power: the releases in flight go on to the end they would have had. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { freePort } from '../../adapters/free-port.ts'
import { ReleaseReading, listOf, read } from '../../ops/cli/readings.ts'
import type { Started } from '../stack/npm-start.ts'
import { npmStart } from '../stack/npm-start.ts'
import { cutPower } from '../stack/power-cut.ts'
import { createRunFolder } from '../stack/run-folder.ts'
import { until } from '../stack/until.ts'

/** The demo's release of `version`, once `holds` is true of it. */
const release = (stack: Started, version: string, what: string, holds: (release: ReleaseReading) => boolean) =>
  until(
    `${version} ${what}`,
    async () => {
      const { json } = await stack.client().call({ method: 'GET', path: '/v1/releases', query: { service: 'demo' } })
      const found = read(listOf(ReleaseReading), json).items.find((each) => each.version === version)
      return found && holds(found) ? found : undefined
    },
    90_000,
  )

const baking = (stack: Started, version: string) =>
  release(stack, version, 'baking', ({ phase, weightPercent }) => phase === 'baking' && (weightPercent ?? 0) > 0)

const outcome = async (stack: Started, version: string) =>
  (await release(stack, version, 'ended', (each) => each.outcome !== null)).outcome

describe('a power cut in mid-canary', function () {
  this.timeout(400_000)

  it('loses nothing: the good release is promoted and the bad one goes back, as if the power had stayed', async () => {
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
      // The demo itself goes on with its next release, the bad one.
      await baking(stack, '1.2.0')
      expect(await outcome(stack, '1.1.0')).to.equal('succeeded')
      await cutPower(folder)
    }
    await using stack = npmStart(folder, port)
    await stack.seen(/Holdfast is up/, 60_000)
    expect(await outcome(stack, '1.2.0')).to.equal('rolled-back')
    const { json } = await stack.client().call({ method: 'GET', path: '/v1/services/demo/environments/production' })
    const { traffic } = json as { traffic: { effective: Record<string, number>; versions: Record<string, string> } }
    const weights = Object.entries(traffic.effective).map(([revision, weight]) => [traffic.versions[revision], weight])
    expect(weights).to.deep.equal([['1.1.0', 100]])
  })
})
