import { Client, Connection } from '@temporalio/client'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startService } from '../stack/service.ts'
import { testStack } from '../stack/stack.ts'
import { until } from '../stack/until.ts'

describe('a release in the Temporal Web UI', function () {
  this.timeout(120_000)

  it('shows its phase, what it waits for and a link to the console, and is found by its verdict', async () => {
    await using shop = await startService('in-temporal')
    const { stack } = await testStack()
    await using connection = await open(stack.temporalAddress)
    const { workflow } = connection.client
    const release = await shop.release('1.1.0', { mode: 'errors', rate: 0.3 })
    const { links } = await release.read()
    const rollout = workflow.getHandle(`rollout/in-temporal/production/${release.id}`)
    const details = async (handle: typeof rollout) =>
      (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails
    const link = `[in the console](${stack.apiUrl}/#/releases/${release.id})`

    await release.phase('baking')
    await until('its bake in words', async () => (await details(rollout)).includes('waits for the analysis of this step'))
    expect(await details(rollout))
      .to.contain('**1.1.0** in production: baking at 50 %')
      .and.to.contain(link)
    expect(await details(workflow.getHandle(`release/in-temporal/${release.id}`))).to.contain(link)
    expect(links?.temporal).to.contain(stack.temporalUiUrl)

    expect(await release.end()).to.equal('rolled-back')
    const query = `Service = 'in-temporal' AND Verdict = 'fail' AND Phase = 'ended'`
    const found = () => Array.fromAsync(workflow.list({ query }))
    await until('the list that Temporal keeps', async () => (await found()).length > 0)
    expect((await found()).map(({ workflowId }) => workflowId)).to.deep.equal([rollout.workflowId])
  })
})

async function open(address: string) {
  const connection = await Connection.connect({ address })
  return { client: new Client({ connection }), [Symbol.asyncDispose]: () => connection.close() }
}
