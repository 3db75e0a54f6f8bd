/** OpenTelemetry's variables, each with what a collector then gets from an API process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readConfig } from '../../adapters/config.ts'
import type { TelemetryName } from '../../adapters/telemetry/variables.ts'
import { telemetrySettings } from '../../adapters/telemetry/variables.ts'
import { startApi } from '../stack/api.ts'
import type { Collector, Delivery } from '../stack/collector.ts'
import { startCollector, valuesOf } from '../stack/collector.ts'

type Variables = Readonly<Record<string, string>>

const traceId = 'c'.repeat(32)
const caller = { traceparent: `00-${traceId}-${'d'.repeat(16)}-01` }

interface Exported extends Collector {
  readonly metricsText: string
  readonly output: string
}

/** Sends one request, then ends the process, which exports its rest. */
async function seenWith(variables: (collector: Collector) => Variables, headers: Variables = caller): Promise<Exported> {
  await using collector = await startCollector()
  await using api = await startApi({ ...variables(collector), LOG_LEVEL: 'info' })
  await api.ask('GET', '/v1/services', { headers })
  const metricsText = (await api.ask('GET', '/metrics')).text
  await api.stop()
  return { ...collector, metricsText, output: api.output() }
}

const toHttp = ({ url }: Collector) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url })
const toGrpc = ({ grpcUrl }: Collector) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: grpcUrl, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })
const ways = ({ deliveries }: { deliveries: readonly Delivery[] }) =>
  [...new Set(deliveries.map(({ signal, how }) => `${signal} ${how}`))].sort((one, other) => one.localeCompare(other))
const isKept = ({ spans }: Collector) => spans.some((span) => span.traceId === traceId)
const first = ({ deliveries: [delivery] }: Collector): Pick<Delivery, 'headers' | 'resource'> =>
  delivery ?? { headers: {}, resource: {} }

const both = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' }

/** The variables besides the address, and the expectation. */
const table: readonly (readonly [Variables, (seen: Exported) => unknown, unknown])[] = [
  [{}, ways, ['traces http/protobuf']],
  [{}, isKept, true],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', ...both }, ways, ['logs http/json', 'metrics http/json', 'traces http/json']],
  [
    { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json', ...both },
    ways,
    ['logs http/json', 'metrics http/protobuf', 'traces http/protobuf'],
  ],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'otlp' }, ways, ['metrics http/protobuf']],
  [{ OTEL_SDK_DISABLED: 'true', ...both }, ways, []],
  [{ OTEL_SERVICE_NAME: 'shop' }, (seen) => first(seen).resource['service.name'], 'shop'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'team=a%20b' }, (seen) => first(seen).resource['team'], 'a b'],
  [{ OTEL_NODE_RESOURCE_DETECTORS: 'none' }, (seen) => first(seen).resource['process.pid'], undefined],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, isKept, false],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, isKept, true],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, isKept, false],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, ({ spans }) => spans.filter((span) => span.traceId !== traceId).length, 0],
  [{ OTEL_PROPAGATORS: 'none' }, isKept, false],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, (seen) => first(seen).headers['content-encoding'], 'gzip'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=open%20up' }, ({ keys }) => [...keys], ['open up']],
  [
    { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1' },
    ({ spans }) => Math.max(...spans.map(({ attributes }) => Object.keys(attributes).length)),
    1,
  ],
]

describe("OpenTelemetry's variables", function () {
  this.timeout(120_000)

  for (const [variables, look, right] of table)
    it(`decide what a collector gets: ${JSON.stringify(variables)}, ${JSON.stringify(right) ?? 'nothing'}`, async () => {
      expect(look(await seenWith((collector) => ({ ...toHttp(collector), ...variables })))).to.deep.equal(right)
    })

  it('send all three signals by gRPC, with the headers of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-headers-'))
    writeFileSync(join(folder, 'headers'), 'x-collector-key=open%20up\n')
    const inFile = { OTEL_EXPORTER_OTLP_HEADERS_FILE: join(folder, 'headers') }
    const seen = await seenWith((collector) => ({ ...toGrpc(collector), ...both, ...inFile }))
    rmSync(folder, { recursive: true })
    expect(ways(seen), seen.output).to.deep.equal(['logs grpc', 'metrics grpc', 'traces grpc'])
    expect([...seen.keys]).to.deep.equal(['open up'])
    expect(isKept(seen)).to.equal(true)
  })

  it('continue a trace by the headers that OTEL_PROPAGATORS names', async () => {
    const b3 = { 'x-b3-traceid': traceId, 'x-b3-spanid': 'd'.repeat(16), 'x-b3-sampled': '1' }
    const seen = await seenWith((collector) => ({ ...toHttp(collector), OTEL_PROPAGATORS: 'b3multi' }), b3)
    expect(isKept(seen)).to.equal(true)
  })

  it('send exactly the metrics of /metrics', async () => {
    const seen = await seenWith((collector) => ({ ...toHttp(collector), ...both }))
    const served = [...seen.metricsText.matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name]) => name)
    const sent = new Set(seen.metrics.map(({ name }) => name))
    for (const name of sent) expect(served).to.include(name)
    const [requests] = seen.metrics.filter(({ name }) => name === 'holdfast_http_request_duration_seconds')
    const [point] = (requests?.histogram?.dataPoints ?? []).filter(
      ({ attributes }) => valuesOf(attributes)['route'] === '/v1/services',
    )
    expect(point?.count).to.equal(1)
    expect(point?.bucketCounts.reduce((sum, each) => sum + each, 0)).to.equal(1)
    expect(point?.bucketCounts).to.have.length((point?.explicitBounds.length ?? 0) + 1)
    expect(seen.metrics.find(({ name }) => name === 'holdfast_log_lines_dropped_total')?.sum?.isMonotonic).to.equal(true)
  })

  it('send the log lines with their trace, and no secret', async () => {
    const seen = await seenWith((collector) => ({ ...toHttp(collector), ...both }), { ...caller, cookie: 'sesame=open' })
    const [line] = seen.logs.filter(({ body, traceId: of }) => body.stringValue === 'request' && of === traceId)
    expect(line).to.include({ severityNumber: 9, severityText: 'INFO' })
    expect(valuesOf(line?.attributes ?? [])).to.include({ route: '/v1/services' })
    expect(seen.received()).not.to.include('sesame')
  })

  it('are refused by name when OpenTelemetry does not know the value', () => {
    const wrong = {
      OTEL_SDK_DISABLED: 'yes',
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_LOGS_EXPORTER: 'file',
      OTEL_RESOURCE_ATTRIBUTES: 'alone',
      OTEL_NODE_RESOURCE_DETECTORS: 'moon',
      OTEL_PROPAGATORS: 'tracecontext,pigeon',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '2',
      OTEL_LOG_LEVEL: 'LOUD',
      OTEL_METRIC_EXPORT_INTERVAL: '0',
      OTEL_BSP_MAX_QUEUE_SIZE: 'many',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ann:secret@127.0.0.1',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'smoke',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '-1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'zip',
      OTEL_EXPORTER_OTLP_INSECURE: '1',
    } satisfies Partial<Record<TelemetryName, string>>
    const refused = Object.entries(wrong).map(([variable, value]) => {
      expect(() => readConfig({ [variable]: value }, telemetrySettings), variable)
        .to.throw(variable)
        .with.property('code', 'invalid-config')
      return variable
    })
    expect(refused).to.have.length(Object.keys(wrong).length)
  })
})
