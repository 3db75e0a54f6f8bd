/** The Prometheus text of the proxies. */
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { prometheusText } from '../../../local-runtime/proxy/proxy.ts'
import { ask, createStand, raw } from './stand.ts'

describe('the exposition', () => {
  it('has every family of every replica, with labels escaped', async () => {
    await using stand = await createStand({ edgesMs: [100, 700] })
    const backend = await stand.backend('r"1\\', (request, response) =>
      response.writeHead(request.url === '/bad' ? 500 : 200).end(),
    )
    stand.route([{ revision: 'a', weight: 100, backends: [backend] }])
    for (const path of ['/', '/bad']) await ask(`${stand.url}${path}`)
    await raw(stand.proxy.port, 'GET / HTTP/1.1\r\n\r\n')
    const counters = {
      samples: stand.proxy.counters(Date.now()),
      weights: stand.proxy.effective().weights,
      unrouted: stand.proxy.unrouted(),
      ledger: stand.proxy.ledger(),
    }
    const text = prometheusText([{ ref: { service: 'shop', environment: 'prod' }, counters }])
    const labels = 'service="shop",environment="prod",revision="a",version="a.0",replica="r\\"1\\\\"'
    for (const line of [
      `holdfast_requests_total{${labels}} 2`,
      `holdfast_request_errors_total{${labels}} 1`,
      `holdfast_responses_total{${labels},code="500"} 1`,
      `holdfast_request_edge_entered_total{${labels},edge_ms="700"} 2`,
      `holdfast_request_edge_slow_total{${labels},edge_ms="100"} 0`,
      `holdfast_request_duration_seconds_bucket{${labels},le="0.7"} 2`,
      `holdfast_request_duration_seconds_bucket{${labels},le="+Inf"} 2`,
      `holdfast_request_duration_seconds_count{${labels}} 2`,
      `holdfast_in_flight{${labels}} 0`,
      'holdfast_weight_percent{service="shop",environment="prod",revision="a"} 100',
      'holdfast_requests_refused_total{service="shop",environment="prod",code="400"} 1',
      'holdfast_proxy_faults_total{service="shop",environment="prod",kind="client"} 0',
    ])
      expect(text.split('\n')).to.include(line)
    expect(text).to.match(/^# HELP [^]*\n$/)
  })
})
