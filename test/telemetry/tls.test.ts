/** OTLP over TLS with the certificate variables: which collectors a process trusts, and which processes a collector trusts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { startApi } from '../stack/api.ts'
import { authority, clientPair, serverPair } from '../stack/certificates.ts'
import { startCollector } from '../stack/collector.ts'

type Variables = Readonly<Record<string, string>>

const all = ['logs', 'metrics', 'traces']
const believed = { OTEL_EXPORTER_OTLP_CERTIFICATE: 'authority.pem' }
const shown = { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: 'client.pem', OTEL_EXPORTER_OTLP_CLIENT_KEY: 'client.key' }

/** The variables, whether the collector requires a client certificate, and the signals that arrive. */
const table: readonly (readonly [what: string, Variables, asks: boolean, arrive: readonly string[]])[] = [
  ['by the authority that is named', believed, false, all],
  ['by no authority that is known', {}, false, []],
  [
    'by an authority that is named for traces alone',
    { OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: 'authority.pem' },
    false,
    ['traces'],
  ],
  ['that asks for a certificate, and is shown one', { ...believed, ...shown }, true, all],
  ['that asks for a certificate, and is shown none', believed, true, []],
]

/** The signals of a process that gets one request and ends, and its log. */
async function arriving(protocol: string, variables: Variables, asks: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-tls-'))
  const files = { 'authority.pem': authority, 'client.pem': clientPair.cert, 'client.key': clientPair.key }
  for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, name), pem, { mode: 0o600 })
  await using collector = await startCollector({ ...serverPair, ca: authority, requestCert: asks, rejectUnauthorized: asks })
  await using api = await startApi({
    ...Object.fromEntries(Object.entries(variables).map(([name, file]) => [name, join(folder, file)])),
    OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? collector.grpcUrl : collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    ...{ OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp', LOG_LEVEL: 'info' },
  })
  expect((await api.ask('GET', '/v1/services')).status).to.equal(200)
  await api.stop()
  rmSync(folder, { recursive: true })
  return { signals: [...new Set(collector.deliveries.map(({ signal }) => signal))].sort(), output: api.output() }
}

describe('a collector over TLS', function () {
  this.timeout(60_000)

  for (const protocol of ['http/protobuf', 'http/json', 'grpc'])
    for (const [what, variables, asks, arrive] of table)
      it(`${what} gets ${arrive.length === 0 ? 'nothing' : arrive.join(', ')} by ${protocol}`, async () => {
        const { signals, output } = await arriving(protocol, variables, asks)
        expect(signals, output).to.deep.equal(arrive)
        expect(output).to.include('"msg":"stopped"')
      })
})
