import { expect } from 'chai'
import { describe, it } from 'mocha'
import { until } from '../stack/until.ts'
import { openShop } from '../stack/shop.ts'

describe('a release whose workflow cannot run', function () {
  this.timeout(90_000)

  it('is shown as stuck once no worker has taken a task of its workflow for 30 s, and not before', async () => {
    await using shop = await openShop()
    expect((await shop.release('1.0.0')).status).to.equal(202)
    const path = `/v1/releases/${shop.id(1)}`
    const answer = () => shop.api.ask('GET', path)
    const read = async () => (await answer()).json
    const startedAt = await until('its start', async () => (await answer()).member('startedAt'))
    // No worker serves the control queue here. A read refreshes in the background, so the second read knows.
    expect([await read(), await read()].map(({ stuck }) => stuck)).to.deep.equal([false, false])
    await until('stuck', async () => (await read()).stuck, 60_000)
    expect(Date.now() - Date.parse(startedAt)).to.be.at.least(29_000)
    expect((await shop.api.ask('GET', `${path}/explanation`)).text).to.include('its workflow cannot run')
  })
})
