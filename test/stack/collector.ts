/** A collector of traces in the test's own process: takes OTLP/JSON over HTTP and keeps every span. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface Span {
  readonly traceId: string
  readonly spanId: string
  /** Empty where it is a root. */
  readonly parentSpanId: string
  readonly name: string
  /** The process it is of: `holdfast-api`. */
  readonly service: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Collector extends AsyncDisposable {
  readonly url: string
  readonly spans: readonly Span[]
  /** Everything that was received, as it was sent. */
  received(): string
  /** A span's ancestors that are here, the nearest first. */
  ancestors(span: Span): readonly Span[]
}

export async function startCollector(): Promise<Collector> {
  const requests: ExportRequest[] = []
  const spans: Span[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      requests.push(body as ExportRequest)
      spans.push(...spansOf(body as ExportRequest))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const parentOf = ({ traceId, parentSpanId }: Span) =>
    spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received: () => JSON.stringify(requests),
    ancestors(span) {
      const above: Span[] = []
      for (let parent = parentOf(span); parent; parent = parentOf(parent)) above.push(parent)
      return above
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
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

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansOf = ({ resourceSpans }: ExportRequest): Span[] =>
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
