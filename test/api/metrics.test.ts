import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startApi } from '../stack/api.ts'

describe('the metrics of the API', () => {
  it('are its own, by route, and what it asks of Temporal under the names that workers have, each name once', async () => {
    await using api = await startApi()
    await api.ask('GET', '/v1/services/nothing')
    await api.ask('GET', '/health', { key: null })
    const { text, headers } = await api.ask('GET', '/metrics', { key: null })
    expect(headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/)
    expect(text).to.match(/^process_cpu_seconds_total [\d.]+$/m)
    const asked = 'method="GET",route="/v1/services/:service",status="404"'
    expect(text).to.include(`holdfast_http_request_duration_seconds_count{${asked}} 1\n`)
    const info = 'namespace="default",operation="GetSystemInfo"'
    expect(text).to.match(new RegExp(`^temporal_request\\{${info}\\} [1-9]`, 'm'))
    expect(text).to.match(new RegExp(`^temporal_request_latency_count\\{${info}\\} [1-9]`, 'm'))
    expect(text).to.not.match(/^temporal_request_failure\{/m)
    const typed = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric)
    expect(typed).to.deep.equal([...new Set(typed)])
  })

  it('say why Temporal did not answer', async () => {
    await using api = await startApi({ TEMPORAL_ADDRESS: '127.0.0.1:1' })
    await api.ask('GET', '/health', { key: null })
    const { text } = await api.ask('GET', '/metrics', { key: null })
    expect(text).to.match(/^temporal_request_failure\{.*operation="GetSystemInfo",status_code="[A-Z_]+"\} [1-9]/m)
  })
})
