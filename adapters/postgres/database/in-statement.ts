/** A span per statement: its text, never its values. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('holdfast.postgres')

/** Runs `work` in a span that is named by the statement's first word. Without telemetry, it only runs `work`. */
export function inStatement<T>(text: string, work: () => Promise<T>): Promise<T> {
  const [operation = ''] = /^\s*\w+/.exec(text) ?? []
  const name = operation.trim().toLowerCase()
  const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': name, 'db.query.text': text }
  return tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await work()
    } catch (error) {
      // The error's message may quote a value.
      const code = (error as { code?: unknown }).code
      span.setAttribute('error.type', typeof code === 'string' ? code : 'other')
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
