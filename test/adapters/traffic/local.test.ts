import { expect } from 'chai'
import { describe, it } from 'mocha'
import { localTraffic } from '../../../adapters/traffic/local.ts'
import { noSettings } from '../stand.ts'

const routingOf = (declared: object) => localTraffic.create(noSettings, localTraffic.config.parse(declared)).routing()

describe('the local router', () => {
  it('gives the analysis the declared timeout and stickiness', () => {
    expect(routingOf({})).to.deep.equal({ requestTimeoutMs: 15_000, sticky: false })
    expect(routingOf({ timeout: '3s', sticky: 'cookie' })).to.deep.equal({ requestTimeoutMs: 3_000, sticky: true })
  })
})
