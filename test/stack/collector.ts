/** A collector in the test's process. It accepts OTLP over HTTP (JSON, protobuf) or gRPC and keeps every span, metric and log record. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { createSecureServer, createServer as createHttp2Server } from 'node:http2'
import type { ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Listening } from './listening.ts'
import { listening } from './listening.ts'
import type { Signal } from './otlp-messages.ts'
import { decodeOtlp } from './otlp-messages.ts'

export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root span. */
  readonly parentSpanId: string
  readonly name: string
  /** The process of the span, for example `holdfast-api`. */
  readonly service: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Metric {
  readonly name: string
  readonly gauge?: { readonly dataPoints: readonly Point[] }
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean }
  readonly histogram?: { readonly dataPoints: readonly BucketedPoint[] }
}

interface Point {
  readonly attributes: readonly Attribute[]
  readonly asDouble: number
}

interface BucketedPoint {
  readonly attributes: readonly Attribute[]
  readonly count: number
  readonly sum: number
  readonly bucketCounts: readonly number[]
  readonly explicitBounds: readonly number[]
}

export interface LogRecord {
  readonly severityNumber: number
  readonly severityText: string
  readonly body: { readonly stringValue: string }
  readonly traceId?: string
  readonly spanId?: string
  readonly attributes: readonly Attribute[]
}

/** The protocol details of one export. */
export interface Delivery {
  readonly signal: Signal
  readonly how: 'http/json' | 'http/protobuf' | 'grpc'
  readonly headers: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

export interface Collector extends Listening {
  /** The address for gRPC. */
  readonly grpcUrl: string
  readonly spans: readonly Span[]
  readonly metrics: readonly Metric[]
  readonly logs: readonly LogRecord[]
  readonly deliveries: readonly Delivery[]
  /** The received values of `x-collector-key`. */
  readonly keys: ReadonlySet<string | undefined>
  /** Everything that was received, unparsed. */
  received(): string
  /** A span's received ancestors, the nearest first. */
  ancestors(span: Span): readonly Span[]
}

/** @param tls options to accept TLS, over HTTP and gRPC */
export async function startCollector(tls?: ServerOptions): Promise<Collector> {
  const requests: ExportRequest[] = []
  const spans: Span[] = []
  const metrics: Metric[] = []
  const logs: LogRecord[] = []
  const deliveries: Delivery[] = []
  const keys = new Set<string | undefined>()
  const take = (signal: Signal, how: Delivery['how'], headers: IncomingHttpHeaders, body: Buffer) => {
    keys.add(headers['x-collector-key']?.toString())
    const sent = (how === 'http/json' ? JSON.parse(body.toString()) : decodeOtlp(signal, body)) as ExportRequest
    requests.push(sent)
    spans.push(...spansOf(sent))
    metrics.push(...(sent.resourceMetrics ?? []).flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)))
    logs.push(...(sent.resourceLogs ?? []).flatMap(({ scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords)))
    const { resource } = [...(sent.resourceSpans ?? []), ...(sent.resourceMetrics ?? []), ...(sent.resourceLogs ?? [])][0] ?? {}
    deliveries.push({ signal, how, headers, resource: valuesOf(resource?.attributes ?? []) })
  }
  const server = await listening((request, response) => {
    void buffer(request).then((body) => {
      const isJson = request.headers['content-type'] === 'application/json'
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      take(signalOf(request.url ?? ''), isJson ? 'http/json' : 'http/protobuf', request.headers, plain)
      response.setHeader('content-type', request.headers['content-type'] ?? '').end(isJson ? '{}' : '')
    })
  }, tls)
  const grpc = await listenForGrpc((path, headers, body) => take(signalOf(path), 'grpc', headers, body), tls)
  const parentOf = ({ traceId, parentSpanId }: Span) =>
    spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId)
  return {
    url: server.url,
    grpcUrl: grpc.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await grpc[Symbol.asyncDispose]()
    },
    spans,
    metrics,
    logs,
    deliveries,
    keys,
    received: () => JSON.stringify(requests),
    ancestors(span) {
      const above: Span[] = []
      for (let parent = parentOf(span); parent; parent = parentOf(parent)) above.push(parent)
      return above
    },
  }
}

/** `/v1/traces`, or `/opentelemetry.proto.collector.trace.v1.TraceService/Export`. */
const signalOf = (path: string): Signal => (path.includes('trace') ? 'traces' : path.includes('metrics') ? 'metrics' : 'logs')

/** gRPC is HTTP/2 with a flag and a length before each message and its status at the end. */
async function listenForGrpc(
  take: (path: string, headers: IncomingHttpHeaders, body: Buffer) => void,
  tls?: ServerOptions,
): Promise<Listening> {
  const server = tls ? createSecureServer(tls) : createHttp2Server()
  // Ignore clients that TLS refuses.
  server.on('sessionError', () => {})
  const open = new Set<{ destroy(): void }>()
  server.on('session', (session) => open.add(session))
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    void buffer(stream).then((framed) => {
      const body = framed.subarray(5)
      take(String(headers[':path']), headers, framed[0] === 1 ? gunzipSync(body) : body)
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.alloc(5))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const session of open) session.destroy()
      }),
  }
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface SentSpan extends Pick<Span, 'traceId' | 'spanId' | 'name'> {
  readonly parentSpanId?: string
  readonly attributes: readonly Attribute[]
}

interface Resource {
  readonly resource: { readonly attributes: readonly Attribute[] }
}

interface ExportRequest {
  readonly resourceSpans?: readonly (Resource & { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] })[]
  readonly resourceMetrics?: readonly (Resource & { readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[] })[]
  readonly resourceLogs?: readonly (Resource & { readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[] })[]
}

export const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansOf = ({ resourceSpans = [] }: ExportRequest): Span[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes }) => ({
        traceId,
        spanId,
        parentSpanId,
        name,
        service: String(valuesOf(resource.attributes)['service.name']),
        attributes: valuesOf(attributes),
      })),
    ),
  )
