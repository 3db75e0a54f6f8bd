/** A collector of traces in the test's own process: takes OTLP/JSON over HTTP and keeps every span. */
import { json } from 'node:stream/consumers'
import type { Listening } from './listening.ts'
import { listening } from './listening.ts'

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

export interface Collector extends Listening {
  readonly spans: readonly Span[]
  /** The values of `x-collector-key` that came. */
  readonly keys: ReadonlySet<string | undefined>
  /** Everything that was received, as it was sent. */
  received(): string
  /** A span's ancestors that are here, the nearest first. */
  ancestors(span: Span): readonly Span[]
}

export async function startCollector(): Promise<Collector> {
  const requests: ExportRequest[] = []
  const spans: Span[] = []
  const keys = new Set<string | undefined>()
  const server = await listening((request, response) => {
    keys.add(request.headers['x-collector-key']?.toString())
    void json(request).then((body) => {
      requests.push(body as ExportRequest)
      spans.push(...spansOf(body as ExportRequest))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  const parentOf = ({ traceId, parentSpanId }: Span) =>
    spans.find((span) => span.traceId === traceId && span.spanId === parentSpanId)
  return {
    ...server,
    spans,
    keys,
    received: () => JSON.stringify(requests),
    ancestors(span) {
      const above: Span[] = []
      for (let parent = parentOf(span); parent; parent = parentOf(parent)) above.push(parent)
      return above
    },
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
